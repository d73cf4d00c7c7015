"""One writer at a time, and only in folders that are a run's: a run folder is locked while a run works in it."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from metier.core import Problem, RunInUseError, UserError
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


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold the folder's lock; the system frees it when the process ends, however it ends.

    Raises:
        RunInUseError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+") as file:
        try:
            _lock(file.fileno())
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise RunInUseError(
                f"{folder} is in use by another run (process {holder}). Wait for it, or give --out another folder."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
