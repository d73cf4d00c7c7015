"""Damaged folders of runs: told as what they are by whatever reads them, and mended by the next run."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import write_recipe

from metier.comparison import compare_runs, predict, run, what_if
from metier.comparison.stages import Stage
from metier.core import IntegrityError, MetierError, Silent

TEXTS = ["my card was stolen"]
CONTENTS = ["", "{", "[]", "null", "3", '{"approaches": 3}', '{"approaches": [3]}', '{"task": null}', "\0"]
FILES = [
    "leaderboard.json",
    "run.json",
    "data/data.json",
    "data/test.parquet",
    "approaches/majority/system.json",
    "approaches/majority/predictions.parquet",
]


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """A finished run that may be spoilt: its small approaches alone."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name in ("weights", "lora", "few-shot", "encoder-head")]

    shutil.copytree(finished, tmp_path / "run", ignore=left_out)
    return tmp_path / "run"


def uses(folder: Path, out: Path) -> list[Any]:
    return [
        lambda: predict(folder, approach="majority", texts=TEXTS, out=out),
        lambda: what_if(folder, ["latency_ms=1"]),
        lambda: compare_runs([folder, Path(f"{folder}:majority")]),
    ]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("content", [None, *CONTENTS])
def test_what_is_damaged_is_told_and_nothing_crashes(
    copy: Path, tmp_path: Path, file: str, content: str | None
) -> None:
    path = copy / file
    path.unlink()
    if content is not None:
        path.write_text(content)
    for use in uses(copy, tmp_path / "answers.jsonl"):
        with suppress(MetierError):  # whoever does not read this file need not notice
            use()


@pytest.mark.parametrize("content", ["null", "[]", '{"approaches": 3}'])
def test_a_leaderboard_that_is_none_is_told_with_what_to_do(copy: Path, tmp_path: Path, content: str) -> None:
    (copy / "leaderboard.json").write_text(content)
    for use in uses(copy, tmp_path / "answers.jsonl"):
        with pytest.raises(IntegrityError, match="Run its recipe again into this folder"):
            use()


def broken(*given: Any, **named: Any) -> Any:
    raise AttributeError("a bug of ours")


def test_an_error_of_ours_is_not_told_as_damage(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shutil.copytree(finished, tmp_path / "run")
    answer, other_limits, compared = uses(whole, tmp_path / "answers.jsonl")
    monkeypatch.setattr("metier.comparison.using.predicting.approaches.load", broken)
    monkeypatch.setattr("metier.comparison.using.other_limits.measure_all", broken)
    monkeypatch.setattr("metier.evaluation.measure", broken)
    for use in (answer, other_limits, compared):
        with pytest.raises(AttributeError, match="a bug of ours"):
            use()


@pytest.mark.parametrize("content", [None, "{}", "3"])
def test_the_damaged_file_is_named_where_the_work_fails_on_it(
    finished: Path, tmp_path: Path, content: str | None
) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    (run / "approaches/majority/majority.json").unlink()
    if content is not None:
        (run / "approaches/majority/majority.json").write_text(content)
    fault = "is missing" if content is None else "has other content than was written"
    with pytest.raises(IntegrityError, match=rf"approaches/majority/majority\.json {fault}"):
        predict(run, approach="majority", texts=TEXTS, out=tmp_path / "answers.jsonl")
    (run / "approaches/majority/predictions.parquet").write_bytes(b"PAR1")
    with pytest.raises(IntegrityError, match=r"approaches/majority/predictions\.parquet has other content"):
        what_if(run, ["latency_ms=1"])


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_what_the_system_does_not_let_be_read_is_no_damage(
    copy: Path, error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any, **named: Any) -> Any:
        raise error

    monkeypatch.setattr("metier.comparison.using.other_limits.read_json", refuse)
    with pytest.raises(OSError, match=error.strerror):
        what_if(copy, ["latency_ms=1"])


@pytest.mark.parametrize("mark", ["[]", "{}", '{"key": "a", "files": 3}', '{"key": "a", "files": [1]}', "\0", ""])
def test_a_damaged_mark_of_a_stage_is_no_mark(tmp_path: Path, mark: str) -> None:
    stage = Stage(tmp_path, "build", ["a"])
    (tmp_path / ".stage-build.json").write_text(mark.replace('"a"', f'"{stage.key}"'))
    assert not stage.is_done()


@pytest.mark.parametrize("content", [None, "PAR1 torn"])
def test_a_lost_ledger_is_made_anew_and_nothing_else(
    tmp_path: Path, tiny_causal: Path, tiny_encoder: Path, content: str | None
) -> None:
    recipe = write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={})
    first = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    ledger = tmp_path / "run/data/ledger.parquet"
    ledger.unlink()
    if content is not None:
        ledger.write_text(content)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run/approaches").rglob("record.json")}
    again = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert ledger.stat().st_size > 100
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert again.leaderboard["approaches"] == first.leaderboard["approaches"]
