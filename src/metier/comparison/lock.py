"""Runs write only into folders that are a run's; :mod:`metier.core.locking` sees to it that one writes at a time."""

from __future__ import annotations

from pathlib import Path

from metier.core import Problem, UserError
from metier.core.names import listed

JOURNAL = "events.jsonl"
"""What every run folder has from its first moment: how it is told from a folder of the user's own."""


def refuse_foreign(folder: Path) -> None:
    """Make sure that a run may write into a folder: what is called ``data/`` or ``recipe.yaml`` there is replaced.

    Raises:
        UserError: it holds files that no run has put there.
    """
    if not folder.is_dir() or (folder / JOURNAL).is_file():
        return
    found = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    if found:
        raise UserError(
            [
                Problem(
                    where=str(folder),
                    expected="a new or empty folder, or one of an earlier run",
                    got=f"a folder with {listed(found, limit=4)}",
                    remedy="give --out another folder",
                )
            ]
        )
