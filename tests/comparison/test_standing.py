"""The leaderboard so far: the same values as at the end, and who leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from metier.comparison import wording
from metier.comparison.working.standing import Standing
from metier.core.artifacts import read_json
from metier.data import load
from metier.evaluation import METRICS


@pytest.mark.parametrize("metric", ["macro_f1", "accuracy", "brier", "auroc"])
def test_each_approach_is_told_with_the_best_before_it(finished: Path, metric: str) -> None:
    board = read_json(finished / "leaderboard.json")
    names = [row["name"] for row in board["approaches"] if row["status"] == "done"]
    found = METRICS.get(metric)
    standing = Standing(finished, load(finished).task, found)
    lines = {name: standing.after(name).replace(wording.THIN, " ") for name in ["majority", *names, names[0]]}
    assert all(line.startswith(f"  {wording.metric(metric)} ") for line in lines.values())
    if metric == "macro_f1":  # the board has no other
        values = {row["name"]: row["metrics"][metric]["value"] for row in board["approaches"] if row["metrics"]}
        for name, line in lines.items():
            assert f" {100 * values[name]:.1f} %" in line
        assert f"best so far: {names[0]}" in lines[names[0]]


def test_the_first_has_nobody_to_be_compared_with(finished: Path) -> None:
    standing = Standing(finished, load(finished).task, METRICS.get("macro_f1"))
    assert "so far" not in standing.after("majority")
    assert standing.after("tfidf").endswith("the best so far")
    assert "; best so far: tfidf, " in standing.after("majority")
