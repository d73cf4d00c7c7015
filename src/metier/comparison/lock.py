"""One writer at a time: a run folder is locked while a run works in it."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from metier.core import RunInUseError


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
