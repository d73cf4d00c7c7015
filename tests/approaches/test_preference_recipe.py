"""From a file of chosen and rejected answers to a trained approach, through the recipe."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from metier.approaches.tuning import learning
from metier.comparison import run
from metier.core import Silent, UserError
from metier.training import Row, with_reference


def pairs(count: int) -> list[dict[str, str]]:
    made = [
        {"prompt": f"say colour {i}", "chosen": f"blue {i % 7}", "rejected": f"a long red answer {i % 5}"}
        for i in range(count)
    ]
    made[3]["rejected"] = made[3]["chosen"]  # nothing to prefer
    return made


def recipe(folder: Path, causal: Path, encoder: Path, approaches: dict[str, Any]) -> Path:
    lines = [json.dumps(row) for row in pairs(40)]
    (folder / "pairs.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    written = {
        "name": "pairs",
        "task": {"kind": "generate", "instruction": "Answer."},
        "data": {"examples": "pairs.jsonl", "input": "prompt", "target": "chosen"},
        "model": str(causal),
        "embedder": str(encoder),
        "device": "cpu",
        "precision": "float32",
        "approaches": approaches,
        "evaluate": {"latency_queries": 3},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    return path


def test_a_recipe_trains_on_pairs(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    prompt = {"max_new_tokens": 4, "sensitivity": 0}
    weights = {"method": "lora", "epochs": 2, "learning_rate": 1e-3, "preference": {"loss": "dpo", "beta": 0.2}}
    path = recipe(tmp_path, tiny_causal, tiny_encoder, {"dpo": {"prompt": prompt, "weights": weights}})
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    record = json.loads((finished.folder / "approaches" / "dpo" / "record.json").read_text(encoding="utf-8"))
    assert record["settings"]["weights"]["preference"]["beta"] == 0.2
    assert record["curve"]["losses"][0] == pytest.approx(0.693, abs=0.01)
    assert record["curve"]["losses"][-1] < record["curve"]["losses"][0]
    assert sum(record["skipped"].values()) <= 1
    row = next(row for row in finished.leaderboard["approaches"] if row["name"] == "dpo")
    assert row["status"] == "done", row["why"]


def test_the_trials_of_a_sweep_share_one_reference(
    tiny_causal: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []

    def counted(module: Any, rows: list[Row], *arguments: Any, **named: Any) -> list[Row]:
        computed.append(len(rows))
        return with_reference(module, rows, *arguments, **named)

    monkeypatch.setattr(learning, "with_reference", counted)
    weights = {"method": "lora", "epochs": 1, "learning_rate": 1e-3, "preference": {"loss": "dpo"}}
    swept = {"over": {"weights.preference.beta": [0.2, 0.5], "weights.learning_rate": [1e-3, 2e-3]}, "trials": 4}
    prompt = {"max_new_tokens": 4, "sensitivity": 0}
    path = recipe(tmp_path, tiny_causal, tiny_encoder, {"dpo": {"prompt": prompt, "weights": weights, "sweep": swept}})
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    told = json.loads((finished.folder / "approaches/dpo/sweep.json").read_text(encoding="utf-8"))
    assert len(told["trials"]) == 4
    assert len(computed) == 2  # the rows to learn from, and those to validate on


def test_pairs_are_refused_for_an_encoder(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    weights = {"method": "full", "preference": {"loss": "dpo"}}
    path = recipe(tmp_path, tiny_causal, tiny_encoder, {"dpo": {"model": str(tiny_encoder), "weights": weights}})
    with pytest.raises(UserError) as caught:
        run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert "approaches.dpo.weights.preference" in [problem.path for problem in caught.value.problems]
