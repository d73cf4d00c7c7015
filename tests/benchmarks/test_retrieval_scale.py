"""The harness that compares stores: Metier's own contender on a few random chunks, and the exact answers."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[2] / "benchmarks" / "retrieval"


def harness(name: str) -> Any:
    """A module of the harness, under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"retrieval_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_metiers_contender_finds_exactly_what_is_nearest_in_all_and_in_a_group(tmp_path: Path) -> None:
    scale, stores = harness("scale"), harness("stores")
    draw = np.random.default_rng(0)

    def vectors(count: int) -> Any:
        found = draw.normal(size=(count, scale.WIDTH)).astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    np.save(tmp_path / "vectors.npy", vectors(600))
    np.save(tmp_path / "questions.npy", vectors(12))
    with (tmp_path / "texts.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(f"chunk w{number % 7} u{number}") + "\n" for number in range(600))
    (tmp_path / "questions.json").write_text(json.dumps([f"w{number} u{number}" for number in range(12)]))
    place = tmp_path / "made"
    place.mkdir()
    result = stores.metier(tmp_path, place)
    right = scale.exact(tmp_path)
    shares = scale.with_recall(json.loads(json.dumps(result)), right)
    assert (shares["recall_dense"], shares["recall_filtered"]) == (1.0, 1.0)
    assert result["found_dense"] == right["dense"]
    assert [set(one) for one in result["found_filtered"]] == [set(one) for one in right["filtered"]]
    assert all(number in one for number, one in enumerate(result["found_hybrid"]))  # the only chunk with that word
    assert "hybrid p50" in scale.line("metier", result)
