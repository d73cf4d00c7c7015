"""A run of the kind ``multilabel`` from rows to report and new answers, every way of adapting in it."""

import json
from pathlib import Path

import pytest
import yaml
from tests.small_task import rows

from metier.comparison import draft_recipe, predict, run
from metier.comparison.recipe import load_recipe
from metier.core import Silent
from metier.core.artifacts import read_json


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    found = [
        {"text": text, "tags": [label] if n % 3 else [label, "urgent"]} for n, (text, label) in enumerate(rows(70))
    ]
    found += [{"text": f"nothing of interest {n}", "tags": []} for n in range(10)]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    return path


def test_every_way_to_several_labels_runs_and_answers(examples: Path, tiny_causal: Path, tiny_encoder: Path):
    asked = {"sensitivity": 0, "max_new_tokens": 24}
    recipe = {
        "name": "several",
        "data": {"examples": "rows.jsonl"},
        "model": str(tiny_causal),
        "embedder": str(tiny_encoder),
        "device": "cpu",
        "precision": "float32",
        "approaches": {
            "zero-shot": {"prompt": asked},
            "lora": {"prompt": asked, "weights": {"rank": 2, "epochs": 1, "max_rows": 20}},
            "sigmoids": {"model": str(tiny_encoder), "weights": {"method": "head", "epochs": 1}},
        },
        "evaluate": {"latency_queries": 3},
    }
    folder = examples.parent
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    done = run(folder / "recipe.yaml", out=folder / "run", reporter=Silent(), isolate=False)
    found = {row["name"]: row for row in done.leaderboard["approaches"]}
    names = ("majority", "tfidf", "nearest", "zero-shot", "lora", "sigmoids")
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(names, "done")
    assert done.leaderboard["primary_metric"] == "labels_micro_f1"
    assert found["tfidf"]["metrics"]["labels_micro_f1"]["value"] > 0.8
    table = read_json(folder / "run/approaches/tfidf/analysis.json")["label_sets"]
    assert [row["type"] for row in table] == ["card", "login", "refund", "urgent"]
    assert "finds, by label" in done.report.read_text(encoding="utf-8")

    out = folder / "new.jsonl"
    predict(folder / "run", approach="tfidf", texts=["my card was stolen and blocked", "zzz"], out=out)
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert "card" in answers[0]["answer"]
    assert set(answers[0]["scores"]) == {"card", "login", "refund", "urgent"}
    predict(folder / "run", approach="tfidf", texts=["my card"], out=folder / "new.csv")
    assert (folder / "new.csv").read_text(encoding="utf-8").startswith("id,input,answer,probability")


def test_a_recipe_is_drafted(examples: Path):
    drafted = draft_recipe(examples, out=examples.parent / "recipe.yaml")
    recipe = load_recipe(drafted.path).recipe
    assert recipe.task.kind == "multilabel"
    assert recipe.data.target == "tags"
    assert "encoder-full" in recipe.approaches
