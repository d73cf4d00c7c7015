"""What is missing or damaged in a run's folder is told as that, and how to mend it; never as a crash of ours.

Two scopes, so that an error of ours is not taken for one of the files: :func:`reading` is for what only reads and takes
apart what a run wrote, where anything that fails does so on the files; :func:`using` is for what works with them, where
an error is told as damage only if the files are not what was written.
"""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from metier.comparison.stages import damage
from metier.core import IntegrityError, MetierError

_NOT_THERE = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR)


@contextmanager
def reading(run: Path) -> Generator[None]:
    """Around what reads the files of a finished run and does nothing else.

    Raises:
        IntegrityError: a file that should be there is not, or holds something else than a run writes.
        OSError: the system does not let it be read, whatever it holds.
    """
    try:
        yield
    except MetierError:
        raise
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise IntegrityError(_damaged(run, f"{error.filename} is missing")) from error
        if error.errno is not None:  # no permission, a broken disk; readers of Parquet have no number
            raise
        raise IntegrityError(_damaged(run, _first_line(error))) from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise IntegrityError(_damaged(run, _first_line(error))) from error


@contextmanager
def using(run: Path, *parts: str) -> Generator[None]:
    """Around what works with files that a finished run wrote and sealed with their hashes.

    Args:
        run: the run's folder.
        parts: the folders in it whose files are used, such as ``approaches/lora``.

    Raises:
        IntegrityError: something failed, and a file is missing or not what was written. Whatever else fails comes
            through as it is.
    """
    try:
        yield
    except MetierError:
        raise
    except Exception as error:
        for part in parts:
            if fault := damage(run / part):
                raise IntegrityError(_damaged(run, f"{part}/{fault}")) from error
        raise


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def _damaged(run: Path, what: str) -> str:
    return f"{run} is damaged ({what}). Run its recipe again into this folder: what is whole is not done twice."
