"""Runs write only into folders that are a run's and may be written to.

:mod:`metier.core.locking` sees to it that one writes at a time.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
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


@contextmanager
def writing(folder: Path, *, remedy: str) -> Generator[None]:
    """Around what writes into the folder of a finished run.

    Args:
        folder: of the run.
        remedy: what to do where it is read-only.

    Raises:
        UserError: it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        raise _not_writable(folder, error.strerror or str(error), remedy) from None


def _reason(folder: Path, error: OSError) -> str:
    """Why there is no such folder and cannot be one."""
    if isinstance(error, NotADirectoryError):
        return f"a path below the file {next(str(one) for one in folder.parents if one.is_file())!r}"
    return error.strerror or str(error)


def _not_writable(folder: Path, got: str, remedy: str = "give --out another folder") -> UserError:
    name = str(folder)
    shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    return UserError([Problem(where=shown, expected="a folder that can be written to", got=got, remedy=remedy)])
