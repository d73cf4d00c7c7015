"""``metier report`` with other limits, and of several runs."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from metier.cli.main import main


class Ended(NamedTuple):
    code: int | str | None
    out: str
    err: str


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs the command in this process."""

    def call(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["metier", "report", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Ended(ended.value.code or 0, *capfd.readouterr())

    return call


def test_what_the_advice_would_be_under_another_limit(report: Any, finished: Path) -> None:
    code, out, err = report(finished, "--limit", "latency_ms=100000", "--limit", "no_gpu=true")
    assert (code, err) == (0, "")
    assert "1. Runs without a GPU" in out
    assert "Use " in out
    told = json.loads(report(finished, "--limit", "memory_gb=0.000001", "--json").out)
    assert told["recommended"] is None
    assert told["trace"][0]["kept"] == []
    wrong = report(finished, "--limit", "latency=3")
    assert (wrong.code, "did you mean 'latency_ms'?" in wrong.err) == (2, True)


def test_runs_side_by_side(report: Any, finished: Path, tmp_path: Path) -> None:
    finished = shutil.copytree(finished, tmp_path / "run")  # comparing opens the test set, which is counted
    code, out, err = report(finished, f"{finished}:majority")
    assert (code, err) == (0, "")
    assert "test examples that all runs share" in out
    assert "Broken by" in out
    told = json.loads(report(finished, f"{finished}:majority", "--json").out)
    assert [run["approach"] for run in told["runs"]][1] == "majority"
    missing = report(finished, finished.parent / "nothing")
    assert (missing.code, "Traceback" in missing.err) == (2, False)


def test_folds_are_summed_up(report: Any, finished: Path, tmp_path: Path) -> None:
    runs = [shutil.copytree(finished, tmp_path / f"fold-{number}") for number in (1, 2)]
    for number, run in enumerate(runs, 1):
        told = yaml.safe_load((run / "recipe.yaml").read_text())
        told["data"]["split"] = {**told["data"].get("split", {}), "folds": 2, "fold": number}
        (run / "recipe.yaml").write_text(yaml.safe_dump(told))
    code, out, err = report(*runs)
    assert (code, err) == (0, "")
    assert "2 of 2 folds, the same" in out
    assert "spread" in out
    told = json.loads(report(*runs, "--json").out)
    assert (told["folds"], told["missing"]) == ([1, 2], [])
    assert all(one["spread"] in (0, None) for one in told["approaches"])
    assert not [line for line in (runs[0] / "data" / "openings.jsonl").read_text().splitlines() if "runs" in line]
