"""The advice under other limits, of a run that is finished."""

from pathlib import Path

import pytest

from metier.comparison import what_if
from metier.core import RecipeError, UserError
from metier.core.artifacts import read_json


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
