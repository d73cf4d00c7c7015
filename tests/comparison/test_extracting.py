"""A run of the kind ``extract`` from rows to report and new answers, every way of adapting in it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.approaches.test_extraction import write_rows

from metier.comparison import check_recipe, draft_recipe, predict, run
from metier.comparison.recipe import load_recipe
from metier.core import RecipeError, Silent
from metier.core.artifacts import read_json


def write_recipe(folder: Path, causal: Path, encoder: Path, **approaches: Any) -> Path:
    write_rows(folder)
    recipe = {
        "name": "pieces",
        "data": {"examples": "rows.jsonl"},
        "model": str(causal),
        "embedder": str(encoder),
        "device": "cpu",
        "precision": "float32",
        "approaches": approaches,
        "evaluate": {"latency_queries": 3},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path


def test_every_way_to_extract_runs_and_answers(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path):
    asked = {"sensitivity": 0, "max_new_tokens": 24}
    recipe = write_recipe(
        tmp_path, tiny_causal, tiny_encoder,
        zero_shot={"prompt": asked},
        lora={"prompt": asked, "weights": {"rank": 2, "epochs": 1, "max_rows": 20}},
        tags={"model": str(tiny_encoder), "weights": {"method": "lora", "rank": 4, "epochs": 1}},
    )  # fmt: skip
    done = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    rows = {row["name"]: row for row in done.leaderboard["approaches"]}
    assert {name: row["status"] for name, row in rows.items()} == dict.fromkeys(
        ("dictionary", "zero_shot", "lora", "tags"), "done"
    )
    assert done.leaderboard["primary_metric"] == "span_f1"
    assert rows["dictionary"]["metrics"]["span_f1"]["value"] == 1.0
    types = read_json(tmp_path / "run/approaches/dictionary/analysis.json")["spans"]
    assert [score["type"] for score in types] == ["drug", "pain"]
    page = done.report.read_text(encoding="utf-8")
    assert "What dictionary finds, by label" in page
    assert not re.search("&#34;start&#34;: [0-9]", page)  # places are shown as people read them

    out = tmp_path / "new.jsonl"
    predict(tmp_path / "run", approach="dictionary", texts=["No headache, no codeine."], out=out)
    (answer,) = [json.loads(line)["answer"] for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(entry["label"], entry["text"]) for entry in answer] == [("pain", "headache"), ("drug", "codeine")]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"prompt": {"label_words": {"drug": "medicine"}}}, "prompt.label_words"),
        ({"prompt": {"answer": {"regex": "a+"}}}, "prompt.answer"),
        ({"prompt": {"calibrate": "batch"}}, "prompt.calibrate"),
    ],
)
def test_settings_of_other_tasks_are_refused(tmp_path, tiny_causal, tiny_encoder, settings: Any, path: str):
    recipe = write_recipe(tmp_path, tiny_causal, tiny_encoder, ask=settings)
    with pytest.raises(RecipeError) as caught:
        check_recipe(recipe)
    assert [problem.path for problem in caught.value.problems] == [f"approaches.ask.{path}"]


def test_a_recipe_is_drafted(tmp_path: Path):
    drafted = draft_recipe(write_rows(tmp_path), out=tmp_path / "recipe.yaml")
    recipe = load_recipe(drafted.path).recipe
    assert recipe.task.kind == "extract"
    assert {"zero-shot", "encoder-full"} <= recipe.approaches.keys()
    assert "(dictionary)" in drafted.path.read_text(encoding="utf-8")
