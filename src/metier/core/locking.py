"""One writer at a time: a folder's lock, which the system frees when its process ends, however it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from metier.core.errors import RunInUseError

_LOCK = ".lock"
_EVERY = 0.05


@contextmanager
def locked(folder: Path, *, wait: float = 0.0) -> Generator[None]:
    """Hold the folder's lock; creates the folder.

    Args:
        folder: what nobody else may write to meanwhile.
        wait: for so many seconds another holder is waited for: one that was killed may still be ending.

    Raises:
        RunInUseError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a+") as file:
        deadline = time.monotonic() + wait
        while not _lock(file.fileno()):
            if time.monotonic() >= deadline:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise RunInUseError(
                    f"{folder} is in use by another run (process {holder}). Wait for it, or give --out another folder."
                )
            time.sleep(_EVERY)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
