"""From answers marked good or bad to a trained approach; bad answers reach nothing but the loss that avoids them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from metier.comparison import run
from metier.core import RecipeError, Silent
from metier.data import DataSettings, TaskSettings, load, prepare


def write(folder: Path, rows: list[dict[str, Any]]) -> None:
    lines = [json.dumps(row) for row in rows]
    (folder / "marked.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def marked(count: int = 60) -> list[dict[str, Any]]:
    return [
        {"prompt": f"say colour {i // 2}", "completion": f"blue {i}" if i % 2 else f"a red {i}", "label": bool(i % 2)}
        for i in range(count)
    ]


def kto(folder: Path, causal: Path, encoder: Path, **data: Any) -> dict[str, Any]:
    weights = {"method": "lora", "epochs": 2, "learning_rate": 1e-3, "preference": {"loss": "kto"}}
    written = {
        "name": "marked",
        "task": {"kind": "generate", "instruction": "Answer."},
        "data": {"examples": "marked.jsonl", **data},
        "model": str(causal),
        "embedder": str(encoder),
        "device": "cpu",
        "precision": "float32",
        "approaches": {"kto": {"prompt": {"max_new_tokens": 4, "sensitivity": 0}, "weights": weights}},
        "evaluate": {"latency_queries": 3},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    finished = run(path, out=folder / "run", reporter=Silent(), isolate=False)
    (row,) = [row for row in finished.leaderboard["approaches"] if row["name"] == "kto"]
    record = folder / "run" / "approaches" / "kto" / "record.json"
    return row | {"record": json.loads(record.read_text(encoding="utf-8")) if record.is_file() else None}


def test_marked_answers_are_learnt_from(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    write(tmp_path, marked())
    row = kto(tmp_path, tiny_causal, tiny_encoder)
    assert row["status"] == "done", row["why"]
    dataset = load(tmp_path / "run")
    good = len(dataset.train)
    assert row["record"]["trained_examples"] > good
    assert row["record"]["curve"]["losses"][0] < 0.51  # at the start every answer's loss is a half


def test_bad_answers_stand_in_no_split_and_to_no_held_out_row(tmp_path: Path) -> None:
    write(tmp_path, marked())
    found = prepare(TaskSettings(kind="generate"), DataSettings(examples="marked.jsonl"), folder=tmp_path, seed=0)
    found.save(tmp_path / "run")
    dataset = load(tmp_path / "run")
    held_out = {example.input for example in (*dataset.validation, *dataset.open_test(by="a test"))}
    assert all(example.fields["desirable"] for example in (*dataset.train, *dataset.validation))
    assert dataset.undesirable
    assert not held_out & {example.input for example in dataset.undesirable}
    assert {example.input for example in dataset.undesirable} <= {example.input for example in dataset.train}


def test_pairs_are_taken_apart(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    rows = [{"prompt": f"say colour {i}", "chosen": f"blue {i % 7}", "rejected": f"a red {i % 5}"} for i in range(40)]
    write(tmp_path, rows)
    row = kto(tmp_path, tiny_causal, tiny_encoder, input="prompt", target="chosen")
    assert row["status"] == "done", row["why"]
    assert row["record"]["trained_examples"] == 2 * len(load(tmp_path / "run").train)


def test_one_kind_of_answer_alone_is_said_before_any_work(
    tiny_causal: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    write(tmp_path, [row for row in marked(80) if row["label"]])
    with pytest.raises(RecipeError, match=r"weights\.preference\n.*good and bad answers.*\n.*good ones alone"):
        kto(tmp_path, tiny_causal, tiny_encoder)
