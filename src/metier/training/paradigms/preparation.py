"""What a paradigm does to the rows of a step before they are learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from metier.training.batching.batches import Layout
from metier.training.rows import Row


class Preparation(Protocol):
    """Makes the rows that a step learns from out of those that it drew."""

    def prepare(self, module: Any, rows: Sequence[Row], *, step: int, layout: Layout) -> list[Row]:
        """The rows to learn from, by ``module`` as it is now; the same whenever ``step``, weights and rows are."""
        ...

    def value(self, module: Any, rows: Sequence[Row]) -> float | None:
        """What validation measures, lower being better; None: the objective, on validation rows prepared likewise."""
        ...
