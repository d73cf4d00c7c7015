"""Other weights are other weights, under whatever name they are saved, and a damaged file stops nothing here."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from metier.models.finding.fingerprint import folder_fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Weights whose first tensor fills more than what is read in any case."""
    numbers = np.random.default_rng(0)
    tensors = {"a.embedding": numbers.random((1_000, 400)), "b.bias": numbers.random(40), "c.norm": numbers.random(3)}
    save_file({name: one.astype(np.float32) for name, one in tensors.items()}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "notes.md").write_text("not of the model")
    return tmp_path


def resave(folder: Path, name: str, change: float) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors[name] += np.float32(change)
    save_file(tensors, folder / "model.safetensors")


@pytest.mark.parametrize("name", ["a.embedding", "b.bias", "c.norm"])
def test_a_tensor_that_was_trained_on_is_seen(folder: Path, name: str):
    before = folder_fingerprint(folder)
    size = (folder / "model.safetensors").stat().st_size
    resave(folder, name, 0.0)
    assert folder_fingerprint(folder) == before
    resave(folder, name, 0.001)
    assert (folder / "model.safetensors").stat().st_size == size
    assert folder_fingerprint(folder) != before


def test_small_files_count_to_their_end(folder: Path):
    long = json.dumps({"vocabulary": ["word"] * 300_000})
    (folder / "tokenizer.json").write_text(long + " ")
    before = folder_fingerprint(folder)
    (folder / "tokenizer.json").write_text(long + "\n")
    assert folder_fingerprint(folder) != before


def test_what_is_not_of_the_model_does_not_count(folder: Path):
    before = folder_fingerprint(folder)
    (folder / "notes.md").write_text("changed")
    assert folder_fingerprint(folder) == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x05",
        (1 << 62).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (4).to_bytes(8, "little") + b"\xff\xfe{}",
        *(
            len(header).to_bytes(8, "little") + header
            for header in (
                b'{"a": 1}',
                b'{"a": {}}',
                b'{"a": {"data_offsets": null}}',
                b'{"a": {"data_offsets": [0]}}',
                b'{"a": {"data_offsets": [-9, 4]}}',
                b'{"a": {"data_offsets": [0, 99999999999]}}',
                b'{"a": {"data_offsets": ["x", {}]}}',
                b'{"a": {"data_offsets": [0, 1e999]}}',
                b"[" * 90_000,
            )
        ),
    ],
)
def test_damaged_weights_have_a_fingerprint_too(folder: Path, content: bytes):
    before = folder_fingerprint(folder)
    (folder / "model.safetensors").write_bytes(content)
    assert folder_fingerprint(folder) != before
