"""Finished trials of a prompt search on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from metier.approaches.journal import OnceJournal
from metier.approaches.prompting.trials import Trial


class TrialJournal:
    """A :class:`~metier.approaches.journal.OnceJournal` of trials.

    Args:
        path: of the file; created with its folder.
        inputs: what results depend on, besides what :meth:`once` is told; JSON-ready.
    """

    def __init__(self, path: Path, inputs: Any) -> None:
        self._journal = OnceJournal(path, inputs)

    def once(self, what: Any, do: Callable[[], Trial]) -> Trial:
        """The trial called ``what``: from the journal, or done now and written down."""
        return trial_of(self._journal.once(what, do))


def trial_of(stored: dict[str, Any]) -> Trial:
    """A trial, from what a journal gives back."""
    rows: dict[str, Any] = {
        "scores": tuple(tuple(row) for row in stored["scores"]),
        "values": tuple(stored["values"]),
    }
    return Trial(**stored | rows)
