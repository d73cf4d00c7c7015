"""The benchmarks of methods, pairs and rewards: their rows, their recipe and their tables, without long trainings."""

import argparse
import csv
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from metier.training import METHODS

FOLDER = Path(__file__).parents[2] / "benchmarks" / "training"


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gives the harness's modules by name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


def given(data: Path, **changes: Any) -> argparse.Namespace:
    wanted = {"data": data, "rows": 8, "tests": 6, "labels": 2, "set": "smollm2", "minutes": 1.0, "model": None}
    return argparse.Namespace(**wanted | {"methods": METHODS.names()} | changes)


@pytest.fixture
def banking(tmp_path: Path) -> Path:
    for split in ("train", "test"):
        path = tmp_path / "banking77" / f"{split}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "category"])
            writer.writerows([f"{split} {number}", f"label_{number % 4}"] for number in range(60))
    return tmp_path


def test_every_method_is_in_the_recipe_or_refused_with_a_reason(
    harness: Any, banking: Path, tiny_causal: Path, tmp_path: Path
) -> None:
    methods = harness("methods")
    recipe, refused = methods.prepared(methods.SETS["smollm2"], given(banking, model=str(tiny_causal)), tmp_path)
    assert {*recipe["approaches"], *refused} == set(METHODS.names())
    assert set(refused) == {"bitfit", "head"}
    assert "which works for encoder models" in refused["head"]
    sizes = {}
    for split in ("train", "validation", "test"):
        with (tmp_path / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        sizes[split] = len(rows)
        assert len({row["category"] for row in rows}) == 2
    assert sizes == {"train": 8, "validation": 2, "test": 6}


def test_all_of_a_set_is_all_but_a_fifth_for_validation(harness: Any, banking: Path, tmp_path: Path) -> None:
    methods = harness("methods")
    parts = methods.divided(list(range(60)), list(range(9)), given(banking, rows=0, tests=0))
    assert {name: len(rows) for name, rows in parts.items()} == {"train": 48, "validation": 12, "test": 9}
    assert not set(parts["train"]) & set(parts["validation"])


def test_the_table_has_what_was_measured_and_why_the_rest_is_missing(harness: Any, finished: Path) -> None:
    board = json.loads((finished / "leaderboard.json").read_text(encoding="utf-8"))
    page = harness("methods").table(board, {"qlora": "refused: it"})
    assert "- qlora: refused: it" in page
    assert "- broken: failed" in page
    assert len([line for line in page.splitlines() if line.startswith("| encoder-head |")]) == 1


def test_ratios_are_taken_over_the_quickest_of_ours(harness: Any) -> None:
    def run(contender: str, setting: str, seconds: float, margin: float) -> dict[str, Any]:
        measured = {"seconds": seconds, "cpu_seconds": seconds, "peak_rss_mb": 100 * seconds, "steps": 4}
        return {
            "shape": "dpo",
            "contender": f"preference/{contender}",
            "setting": setting,
            "margin": margin,
            **measured,
        }

    facts = {"rows": 8, "held_out": 4, "prompt_tokens": 99, "before": {"margin": 0.0}}
    page = harness("preference_peer").table(
        {
            "machine": {"cpu": "a processor", "threads": 2},
            "versions": {},
            "shapes": {"dpo": facts},
            "runs": [
                run("metier", "auto", 2.0, 0.5),
                run("metier", "float32", 4.0, 0.5),
                run("trl", "bfloat16", 5.0, 0.25),
                run("trl", "bfloat16", 7.0, -0.25),
                {"shape": "dpo", "contender": "preference/trl", "setting": "float32", "error": "broke"},
            ],
        }
    )
    assert "| metier auto | 2.0 | 2.0 | 1.00 x | 200 | 1.00 x | 4 | 0.5000 | 1 of 1 |" in page
    assert "| trl bfloat16 | 6.0 | 6.0 | 3.00 x | 600 | 3.00 x | 4 | 0.2500, -0.2500 | 1 of 2 |" in page
    assert "failed: preference/trl float32: broke" in page


@pytest.mark.parametrize("paradigm", ["dpo", "grpo"])
def test_metier_contends_by_pairs_and_by_rewards(
    harness: Any, tiny_causal: Path, tmp_path: Path, paradigm: str
) -> None:
    row = {"prompt": "", "chosen": "card", "prompt_ids": [5, 6, 7], "chosen_ids": [8, 9], "rejected_ids": [10, 9]}
    (tmp_path / "rows.jsonl").write_text(f"{json.dumps(row)}\n" * 4, encoding="utf-8")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    job = harness("job").Job(
        contender="preference/metier",
        setting="float32",
        onednn=False,
        model=str(tiny_causal),
        data=str(tmp_path),
        scratch=str(scratch),
        prepared="",
        out="",
        batch=2,
        paradigm=paradigm,
        answers=2,
        tokens=3,
    )
    meter = harness("meter").Meter(job.config()["vocab_size"])
    harness("contend").load("preference/metier").run(job, meter)
    assert meter.result()["steps"] == 2
    assert (scratch / "adapter" / "adapter_model.safetensors").is_file()
    assert harness("likeness").likeness(" Card\n", "card") == 1
