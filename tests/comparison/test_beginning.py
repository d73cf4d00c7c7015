"""A run in which approaches begin from one another."""

from pathlib import Path
from typing import Any

import pytest
from tests.small_task import write_recipe

from metier.comparison import check_recipe, predict, run
from metier.core import RecipeError, Silent
from metier.core.artifacts import read_json

QUICK: dict[str, Any] = {"rank": 2, "epochs": 1, "max_length": 200, "max_rows": 16}


@pytest.fixture
def desk(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    def write(**approaches: Any) -> Path:
        quiet = {"prompt": {"sensitivity": 0}}
        entries = {name: {"weights": QUICK | weights, **quiet} for name, weights in approaches.items()}
        return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=entries)

    return write


def statuses(board: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: row["status"] for row in board["approaches"] if row["name"] in ("late", "early")}


def test_what_is_begun_from_is_built_first_and_again_where_it_changes(desk: Any, tmp_path: Path) -> None:
    def go(*overrides: str) -> dict[str, Any]:
        recipe = desk(late={"start": "early"}, early={})
        return run(recipe, out=tmp_path / "run", overrides=overrides, reporter=Silent(), isolate=False).leaderboard

    def trained(name: str) -> int:
        return (tmp_path / f"run/approaches/{name}/weights/training.json").stat().st_mtime_ns

    assert statuses(go()) == {"late": "done", "early": "done"}
    assert "begun from early" in read_json(tmp_path / "run/approaches/late/record.json")["summary"]
    before = trained("late")
    go()
    assert trained("late") == before
    go("approaches.early.weights.learning_rate=0.01")
    assert trained("late") != before
    assert len(predict(tmp_path / "run", approach="late", texts=["my card"], out=tmp_path / "answers.jsonl")) == 1
    failed = go("approaches.early.weights.max_length=8")
    assert statuses(failed) == {"late": "not_run", "early": "failed"}
    (late,) = [row for row in failed["approaches"] if row["name"] == "late"]
    assert late["why"].startswith("it begins from early, which was not built")


def test_a_circle_is_refused_before_any_work(desk: Any) -> None:
    with pytest.raises(RecipeError, match="a circle: one → two → one"):
        check_recipe(desk(one={"start": "two"}, two={"start": "one"}))
