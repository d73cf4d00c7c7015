"""Shared by all tests: tiny models, a silent reporter, and a cache that is not the user's."""

import os
from pathlib import Path

# Before torch is loaded: tiny models gain nothing from threads, and lose much where cores are shared.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from tests.small_task import every_approach, write_recipe

from metier.comparison import run
from metier.core import Silent
from metier.models import Compute, is_installed
from metier.models.slicing.tiny import write_tiny

CPU = Compute("cpu", "float32", "cpu in float32")


@pytest.fixture
def silent() -> Silent:
    return Silent()


@pytest.fixture(scope="session")
def tiny_causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("models") / "causal", "causal")


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("models") / "encoder", "encoder")


@pytest.fixture(scope="session")
def tiny_seq2seq(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("models") / "seq2seq", "seq2seq")


@pytest.fixture(scope="session")
def finished(tiny_causal: Path, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of every kind of approach, one of which failed; not to be written to."""
    folder = tmp_path_factory.mktemp("finished")
    recipe = write_recipe(folder, causal=tiny_causal, encoder=tiny_encoder, approaches=every_approach(tiny_encoder))
    return run(recipe, out=folder / "run", reporter=Silent(), isolate=False).folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in ("builtin", "builtin-encoder") if not is_installed(name)]
    if not missing:
        return
    skip = pytest.mark.skip(reason=f"bundled models not installed: {', '.join(missing)}")
    for item in items:
        if "builtin" in item.keywords:
            item.add_marker(skip)
