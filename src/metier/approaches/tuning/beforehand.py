"""What a training needs made before it: a teacher's answers, text that the base wrote, reward models, references.

It is kept while the approach is being built, so that a kill does not make (or pay for) it twice, and so that the trials
of a sweep share it.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def beforehand(folder: Path) -> Path:
    """Where it stands while the approach in ``folder`` is being built; every part is named by what it depends on."""
    return folder / "checkpoints" / "beforehand"


@contextmanager
def lent(owner: Path, borrower: Path) -> Generator[None]:
    """Within it, what ``owner`` has made before trainings is ``borrower``'s, and comes back with what was added.

    Where a kill left it with the borrower, it is found there.
    """
    _move(beforehand(owner), beforehand(borrower))
    try:
        yield
    finally:
        _move(beforehand(borrower), beforehand(owner))


def _move(found: Path, to: Path) -> None:
    if found.is_dir():
        shutil.rmtree(to, ignore_errors=True)
        to.parent.mkdir(parents=True, exist_ok=True)
        found.rename(to)
