"""Runs write only into folders that are a run's; :mod:`metier.core.locking` sees to it that one writes at a time."""

from __future__ import annotations

import os
from pathlib import Path

from metier.core import Problem, UserError
from metier.core.names import listed

JOURNAL = "events.jsonl"
"""What every run folder has from its first moment: how it is told from a folder of the user's own."""
_LONGEST = 200


def refuse_foreign(folder: Path) -> None:
    """Make sure that a run may write into a folder: what is called ``data/`` or ``recipe.yaml`` there is replaced.

    Raises:
        UserError: it is no folder that can be written to, or holds files that no run has put there.
    """
    try:
        folder.lstat()
        nearest = folder
    except FileNotFoundError:
        nearest = next(one for one in (*folder.parents, Path()) if one.is_dir())
    except OSError as error:
        raise _not_writable(folder, _reason(folder, error)) from None
    if not nearest.is_dir():
        raise _not_writable(folder, "a file")
    if not os.access(nearest, os.W_OK):
        raise _not_writable(folder, f"{str(nearest)!r}, which is read-only")
    if nearest is not folder:
        return
    if (folder / JOURNAL).is_file():
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


def _reason(folder: Path, error: OSError) -> str:
    """Why there is no such folder and cannot be one."""
    if isinstance(error, NotADirectoryError):
        return f"a path below the file {next(str(one) for one in folder.parents if one.is_file())!r}"
    return error.strerror or str(error)


def _not_writable(folder: Path, got: str) -> UserError:
    name, remedy = str(folder), "give --out another folder"
    shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    return UserError([Problem(where=shown, expected="a folder that can be written to", got=got, remedy=remedy)])
