"""The benchmark of prompts at its smallest: a complete table, of tiny models on a made-up desk."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from tests.small_task import rows, write_rows

from metier.core.artifacts import read_json

FILE = Path(__file__).parents[2] / "benchmarks" / "prompting.py"


def test_every_approach_has_quality_wording_and_cost(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> None:
    spec = importlib.util.spec_from_file_location("prompting_benchmark", FILE)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    for name, count, seed in (("train.csv", 60, 0), ("test.csv", 20, 1)):
        write_rows(tmp_path / name, rows(count, seed=seed), header=("text", "category"))
    small = [
        f"model={tiny_causal}",
        f"embedder={tiny_encoder}",
        "approaches.best-prompt.prompt.search.trials=3",
        "approaches.few-shot.prompt.demonstrations=2",
        "evaluate.latency_queries=3",
    ]
    out = tmp_path / "run"
    lines = benchmark.compare(tmp_path, out, rows=12, wordings=2, overrides=small, isolate=False)
    by_name = {one["approach"]: one for one in lines}
    assert {"zero-shot", "few-shot", "best-prompt", "majority", "tfidf", "nearest"} == set(by_name)
    told = read_json(out / "prompting.json")
    assert (told["test_rows"], len(told["approaches"])) == (12, len(lines))
    for name in ("zero-shot", "few-shot", "best-prompt"):
        assert by_name[name]["spread_rows"] == 2
        assert by_name[name]["tokens_per_query"] > 0
        assert by_name[name]["accuracy"]["low"] <= by_name[name]["accuracy"]["value"]
    assert by_name["best-prompt"]["search_tokens"] > 0 == by_name["zero-shot"]["search_tokens"]
    assert by_name["best-prompt"]["search_chose"]
    printed = benchmark.table(lines)
    assert len(printed) == 2 + len(lines)
    assert len({line.count("|") for line in printed}) == 1, "every line has every cell"
    shutil.rmtree(out)
