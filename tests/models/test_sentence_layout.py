"""What a folder in sentence-transformers' layout says of an embedder is kept to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metier.core import ModelError, Silent
from metier.models import EncoderModel, choose, locate


@pytest.fixture
def folder(tiny_encoder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_encoder, tmp_path / "embedder"))


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def pooling(**modes: bool) -> dict[str, Any]:
    return {"word_embedding_dimension": 64, **{f"pooling_mode_{name}": value for name, value in modes.items()}}


def test_the_first_tokens_vector_is_taken_where_the_folder_says_so(folder: Path) -> None:
    plain = locate(str(folder), folder=Path())
    write(folder / "1_Pooling/config.json", pooling(cls_token=True, mean_tokens=False))
    first = locate(str(folder), folder=Path())
    assert (plain.profile.pooling, first.profile.pooling) == ("mean", "first")
    assert plain.fingerprint != first.fingerprint, "vectors of the two never meet in a store"
    compute = choose(device="cpu", precision="float32")
    vectors = [EncoderModel(one, compute).embed(["a card"], reporter=Silent()) for one in (plain, first)]
    assert abs(vectors[0] - vectors[1]).max() > 1e-3
    assert np.allclose([np.linalg.norm(vector) for vector in vectors], 1, atol=1e-5)


def test_means_are_what_they_were(folder: Path) -> None:
    before = locate(str(folder), folder=Path()).fingerprint
    write(folder / "1_Pooling/config.json", pooling(cls_token=False, mean_tokens=True))
    assert locate(str(folder), folder=Path()).fingerprint == before


def test_prefixes_are_read(folder: Path) -> None:
    write(folder / "config_sentence_transformers.json", {"prompts": {"query": "query: ", "document": "passage: "}})
    found = locate(str(folder), folder=Path()).sentence
    assert (found.question_prefix, found.passage_prefix, found.trouble) == ("query: ", "passage: ", "")
    write(folder / "config_sentence_transformers.json", {"prompts": {"query": 3, "passage": "p: "}})
    found = locate(str(folder), folder=Path()).sentence
    assert (found.question_prefix, found.passage_prefix) == ("", "p: ")


@pytest.mark.parametrize(
    ("file", "content", "trouble"),
    [
        ("1_Pooling/config.json", pooling(max_tokens=True), "pooling by max_tokens"),
        ("1_Pooling/config.json", pooling(cls_token=True, mean_tokens=True), "pooling by cls_token and mean_tokens"),
        ("modules.json", [{"type": "sentence_transformers.models.Dense"}], "Dense"),
        ("modules.json", [{"type": "sentence_transformers.models.Pooling"}], ""),
        ("config_sentence_transformers.json", {"prompts": None}, ""),
        ("modules.json", [3], ""),
    ],
)
def test_vectors_that_cannot_be_made_are_trouble(folder: Path, file: str, content: Any, trouble: str) -> None:
    write(folder / file, content)
    found = locate(str(folder), folder=Path()).sentence.trouble
    assert trouble in found
    assert bool(found) == bool(trouble)


def test_a_damaged_file_is_told(folder: Path) -> None:
    write(folder / "modules.json", "{")
    with pytest.raises(ModelError, match="readable JSON"):
        locate(str(folder), folder=Path())
