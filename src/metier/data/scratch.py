"""Where a preparation puts what is too much for memory: files without a name, gone however the process ends."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO

from metier.core import DataError, Problem

_BUFFER = 1 << 16
_LASTING = "/var/tmp"
_FULL = (errno.ENOSPC, errno.EDQUOT)


def scratch(held: int = 0) -> IO[bytes]:
    """An empty file that is gone when it is closed.

    Args:
        held: bytes up to which it stays in memory.
    """
    if held:
        return tempfile.SpooledTemporaryFile(held, dir=_folder())
    return tempfile.TemporaryFile(buffering=_BUFFER, dir=_folder())


@contextmanager
def room_for_scratch() -> Generator[None]:
    """A full disk below :func:`scratch` becomes a problem that names the folder.

    Raises:
        DataError: there was no room.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            raise
        expected = "room for the rows that are set aside while they are prepared, about the size of the data"
        remedy = "make room there, or set TMPDIR to a folder that has some"
        got = os.strerror(error.errno).lower()
        raise DataError([Problem(where=_folder(), expected=expected, got=got, remedy=remedy)]) from error


def _folder() -> str:
    """``TMPDIR``, else ``/var/tmp`` (``/tmp`` is in memory on some systems), else where Python puts such files."""
    return _LASTING if "TMPDIR" not in os.environ and os.access(_LASTING, os.W_OK) else tempfile.gettempdir()
