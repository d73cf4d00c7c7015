"""What is missing or damaged in a run's folder is told as that, and how to mend it; never as a crash of ours."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from metier.core import IntegrityError, MetierError


@contextmanager
def reading(run: Path) -> Generator[None]:
    """Around what reads the files of a finished run.

    Raises:
        IntegrityError: a file that should be there is not, or holds something else than a run writes.
    """
    try:
        yield
    except MetierError:
        raise
    except FileNotFoundError as error:
        raise IntegrityError(_damaged(run, f"{error.filename} is missing")) from error
    except (OSError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else ""
        raise IntegrityError(_damaged(run, f"{type(error).__name__}: {first}")) from error


def _damaged(run: Path, what: str) -> str:
    return f"{run} is damaged ({what}). Run its recipe again into this folder: what is whole is not done twice."
