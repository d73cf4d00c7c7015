"""A run whose approaches are compared by what their mistakes cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_page import built
from tests.small_task import write_recipe

from metier.comparison import run, wording
from metier.core import RecipeError, Silent


def test_a_run_is_compared_by_cost(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> None:
    costs = {"table": {"card": {"login": 40, "*": 10}}, "unit": "EUR"}
    recipe = write_recipe(
        tmp_path,
        causal=tiny_causal,
        encoder=tiny_encoder,
        approaches={},
        evaluate={"metrics": ["cost", "accuracy"], "costs": costs, "latency_queries": 3},
    )
    done = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    board = done.leaderboard
    assert (board["primary_metric"], board["better"], board["unit"]) == ("cost", "lower", "EUR an answer")
    assert board["units"] == {"cost": "EUR an answer", "accuracy": "%"}
    values = [row["metrics"]["cost"]["value"] for row in board["approaches"]]
    assert values == sorted(values)
    assert "%" not in board["reason"]
    rows = {row["name"]: row["metrics"]["cost"]["value"] for row in board["approaches"]}
    assert wording.figure(rows["majority"], "EUR an answer") in built(done.folder)[1].words()
    with pytest.raises(RecipeError, match="kard"):
        run(
            recipe,
            out=tmp_path / "other",
            overrides=["evaluate.costs.table={kard: {login: 1}}"],
            reporter=Silent(),
            isolate=False,
        )
