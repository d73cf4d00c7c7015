"""The advice under other limits, of a run that is finished."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from metier.comparison import what_if
from metier.comparison.using import other_limits
from metier.core import RecipeError, UserError
from metier.core.artifacts import read_json, write_json


def files(run: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in run.rglob("*") if path.is_file()}


def test_the_runs_own_limits_give_the_runs_own_advice(finished: Path) -> None:
    board = read_json(finished / "leaderboard.json")
    advice = what_if(finished, [])
    assert (advice.recommended, advice.reason) == (board["recommended"], board["reason"])


def test_other_limits_give_other_advice_and_change_nothing(finished: Path) -> None:
    before = files(finished)
    advice = what_if(finished, ["readers_differ=true", "latency_ms=100000"])
    left = set(advice.trace[0].kept)
    rows = read_json(finished / "leaderboard.json")["approaches"]
    private = {row["name"] for row in rows if row["metrics"] and not any(row["privacy"].values())}
    assert left == private
    assert advice.recommended in private
    nothing = what_if(finished, ["memory_gb=0.000001"])
    assert nothing.recommended is None
    assert "No approach meets the limits" in nothing.reason
    assert files(finished) == before


@pytest.mark.parametrize("limit", ["latency=100", "latency_ms", "=3"])
def test_what_is_no_limit_is_refused(finished: Path, limit: str) -> None:
    with pytest.raises(UserError, match="--limit"):
        what_if(finished, [limit])


def test_a_limit_that_cannot_be_is_refused(finished: Path) -> None:
    with pytest.raises(RecipeError, match=r"limits\.latency_ms"):
        what_if(finished, ["latency_ms=-3"])


def test_what_is_compared_by_is_the_metric_of_the_rows_template(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    board = read_json(run / "leaderboard.json")
    write_json(run / "leaderboard.json", {**board, "task": {**board["task"], "template": "mine"}})
    template = SimpleNamespace(metrics=("accuracy",))
    monkeypatch.setattr("metier.comparison.scoring.metrics.find_template", lambda name, *, folder: template)
    judged: list[str] = []
    advise = other_limits.advice_on
    monkeypatch.setattr(other_limits, "advice_on", lambda *given: (judged.append(given[3].name), advise(*given))[1])
    what_if(run, [])
    assert judged == ["accuracy"]
