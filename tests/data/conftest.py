"""Shared by the data room's tests: a folder to prepare data sets in, and real data sets where they are."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ticket_desk import Desk

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("METIER_SHARED", ROOT.parent / "shared"))
REAL = SHARED / "data"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def real() -> Callable[[str], Path]:
    """A real data set's folder; the test is skipped, saying so, where it is not."""

    def find(name: str) -> Path:
        if not (REAL / name).is_dir():
            pytest.skip(f"the data set {name} is not at {REAL}")
        return REAL / name

    return find
