"""Other tasks that an approach learns together with the run's own."""

from __future__ import annotations

from pydantic import Field

from metier.core import Settings
from metier.data.settings import DataSettings, TaskSettings


class TaskBeside(Settings):
    """Another task with rows of its own, of any kind and shape."""

    task: TaskSettings = TaskSettings()
    """What is to be learnt, as the recipe's ``task``: any kind that is answered; beside an encoder's own task one whose
    head stands at the same place."""
    data: DataSettings
    """Its rows, as the recipe's ``data``, divided in the same way: training rows are learnt from, ``max_rows`` of them
    at most; test rows are touched by nobody."""
    share: float | None = Field(default=None, gt=0, lt=1)
    """Share of the loss that its rows carry together. None: every token (of encoders: row, or tag) counts as one of the
    run's own."""
    measured: int = Field(default=32, ge=0, le=5000)
    """Validation rows that are answered after training, for the record; nothing is chosen by them. 0: none."""
