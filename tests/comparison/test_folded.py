"""Folds of one recipe summed up; runs that are something else are not taken for folds."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from metier.comparison import folds_of_one


@pytest.fixture
def fold(finished: Path, tmp_path: Path) -> Any:
    """A copy of a finished run as a fold, with figures of its own."""

    def make(number: int, figures: dict[str, float | None], *, recommended: str = "tfidf", **recipe: Any) -> Path:
        run = shutil.copytree(finished, tmp_path / f"fold-{number}")
        told = yaml.safe_load((run / "recipe.yaml").read_text())
        split = {**told["data"].get("split", {}), "folds": 3, "fold": number}
        told = {**told, **recipe, "data": {**told["data"], "split": split}}
        (run / "recipe.yaml").write_text(yaml.safe_dump(told))
        board = json.loads((run / "leaderboard.json").read_text())
        board["recommended"] = recommended
        rows = [row for row in board["approaches"] if row["name"] in figures]
        for row in rows:
            value = figures[row["name"]]
            row["metrics"] = {} if value is None else {board["primary_metric"]: {"value": value}}
        (run / "leaderboard.json").write_text(json.dumps({**board, "approaches": rows}))
        return run

    return make


def test_mean_spread_and_order_over_folds(fold: Any) -> None:
    first = fold(1, {"tfidf": 0.5, "nearest": 0.6, "majority": 0.1}, recommended="nearest")
    third = fold(3, {"tfidf": 0.9, "nearest": 0.7, "majority": None})
    folded = folds_of_one([third, first])
    assert folded is not None
    assert (folded.of, folded.folds, folded.missing) == (3, (1, 3), (2,))
    best, second, last = folded.approaches
    assert (best.name, best.values, best.behind, best.recommended) == ("tfidf", (0.5, 0.9), 0, 1)
    assert (best.mean, best.spread) == (pytest.approx(0.7), pytest.approx(0.2828, abs=1e-4))
    assert (second.name, second.behind, second.mean) == ("nearest", 1, pytest.approx(0.65))
    assert (last.name, last.values, last.mean, last.spread) == ("majority", (0.1, None), 0.1, None)
    assert folded.sentences() == [
        "tfidf has the best mean, ahead of 0 of 2 others in every fold, and was recommended in 1.",
        "Which one is recommended depends on the fold: tfidf, nearest.",
        "Not run yet: fold 2 of 3 (--set data.split.fold=2 --out ...).",
    ]


def test_other_runs_are_no_folds(fold: Any, finished: Path) -> None:
    one, two = fold(1, {"tfidf": 0.5}), fold(2, {"tfidf": 0.4}, seed=99)
    assert folds_of_one([one, two]) is None
    assert folds_of_one([one, one]) is None
    assert folds_of_one([finished, finished]) is None
    assert folds_of_one([one, one.with_name("fold-1:tfidf")]) is None


def test_folds_of_other_test_rows_are_no_folds_of_one(fold: Any) -> None:
    one, two = fold(1, {"tfidf": 0.5}), fold(2, {"tfidf": 0.4})
    manifest = next((two / "data").glob("*manifest*"))
    told = json.loads(manifest.read_text())
    told["files"]["test.parquet"]["sha256"] = "0" * 64
    manifest.write_text(json.dumps(told))
    assert folds_of_one([one, two]) is None
