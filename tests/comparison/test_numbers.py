"""A run of the kind ``regress`` from rows to report and new answers, every way of adapting in it."""

import csv
import json
from pathlib import Path

import pytest
import yaml
from tests.small_task import rows

from metier.comparison import draft_recipe, predict, run
from metier.comparison.recipe import load_recipe
from metier.core import RecipeError, Silent

WORTH = {"card": 12, "login": 30, "refund": 55}


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    found = [(text, f"{WORTH[label] + n % 5 / 2}") for n, (text, label) in enumerate(rows(90))]
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("message", "price"), *found])
    return path


def recipe_of(causal: Path, encoder: Path, **sections) -> dict:
    asked = {"sensitivity": 2, "max_new_tokens": 6}
    return {
        "name": "prices",
        "data": {"examples": "rows.csv"},
        "model": str(causal),
        "embedder": str(encoder),
        "device": "cpu",
        "precision": "float32",
        "approaches": {
            "zero-shot": {"prompt": asked},
            "lora": {"prompt": asked, "weights": {"rank": 2, "epochs": 1, "max_rows": 20}},
            "head": {"model": str(encoder), "weights": {"method": "head", "epochs": 1}},
        },
        "evaluate": {"latency_queries": 3},
    } | sections


def test_every_way_to_a_number_runs_and_answers(examples: Path, tiny_causal: Path, tiny_encoder: Path):
    folder = examples.parent
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe_of(tiny_causal, tiny_encoder)), encoding="utf-8")
    done = run(folder / "recipe.yaml", out=folder / "run", reporter=Silent(), isolate=False)
    board = done.leaderboard
    found = {row["name"]: row for row in board["approaches"]}
    names = ("mean", "median", "ridge", "nearest", "zero-shot", "lora", "head")
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(names, "done")
    assert (board["primary_metric"], board["better"]) == ("r_squared", "higher")
    assert board["floors"] == ["mean", "median", "ridge", "nearest"]
    values = [row["metrics"]["r_squared"]["value"] for row in board["approaches"]]
    assert values == sorted(values, reverse=True)
    assert found["ridge"]["metrics"]["r_squared"]["value"] > 0.9
    assert found["ridge"]["metrics"]["mean_absolute_error"]["value"] < 5
    assert found["mean"]["metrics"]["r_squared"]["value"] == pytest.approx(0, abs=0.1)
    assert json.loads(json.dumps(board, allow_nan=False))  # nothing infinite, whatever was answered
    page = done.report.read_text(encoding="utf-8")
    assert f"How near {board['recommended']} comes to the right numbers" in page
    assert "Answers against right numbers" in page
    assert "By the size of the right number" in page
    assert "too low</small>" in page or "too high</small>" in page

    out = folder / "new.jsonl"
    predict(folder / "run", approach="ridge", texts=["my card was stolen and blocked", "money refund paid"], out=out)
    answers = [json.loads(line)["answer"] for line in out.read_text(encoding="utf-8").splitlines()]
    assert answers[0] < answers[1]


def test_a_recipe_is_drafted(examples: Path):
    drafted = draft_recipe(examples, out=examples.parent / "recipe.yaml")
    recipe = load_recipe(drafted.path).recipe
    assert recipe.task.kind == "regress"
    assert recipe.task.instruction == "Predict the price of the message as a number."
    assert recipe.data.target == "price"
    assert recipe.data.split.by == "stratified"
    assert "encoder-full" in recipe.approaches
    assert "mean, median, ridge, nearest" in drafted.path.read_text(encoding="utf-8")
    assert any("a quantity to predict" in line for line in drafted.lines)


def test_an_error_in_the_targets_unit_is_refused_as_the_first_metric(examples: Path, tiny_causal, tiny_encoder):
    folder = examples.parent
    asked = recipe_of(tiny_causal, tiny_encoder, evaluate={"metrics": ["mean_absolute_error"]})
    (folder / "recipe.yaml").write_text(yaml.safe_dump(asked), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        run(folder / "recipe.yaml", out=folder / "run", reporter=Silent(), isolate=False)
    (problem,) = caught.value.problems
    assert problem.remedy == "name 'r_squared' before it"
