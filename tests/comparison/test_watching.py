"""Watching: a run's folder at moments of its life."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metier.cli.app import app
from metier.comparison import Watcher
from metier.comparison.answers import write_predictions
from metier.core import Example, Prediction, UserError, task_of
from metier.core.artifacts import write_json
from metier.evaluation import measure

RECIPE = """name: tickets
data: {examples: tickets.csv}
model: builtin
approaches:
  zero-shot: {}
  lora: {}
  full: {}
"""


def folder(path: Path, *events: dict[str, object], pid: int | None = None, more: str = "") -> Path:
    start = time.time() - 100
    lines = [json.dumps({"time": start + 10 * index, **event}) for index, event in enumerate(events)]
    (path / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (path / "recipe.yaml").write_text(RECIPE + more, encoding="utf-8")
    (path / ".lock").write_text(str(pid or os.getpid()), encoding="utf-8")
    return path


def test_running_steps_have_their_time_left(tmp_path: Path) -> None:
    run = folder(
        tmp_path,
        {"kind": "begun"},
        {"kind": "approach", "name": "majority", "status": "done", "seconds": 1.0},
        {"kind": "say", "text": "zero-shot"},
        {"kind": "approach", "name": "zero-shot", "status": "failed", "seconds": 2.0},
        {"kind": "say", "text": "lora"},
        {"kind": "start", "label": "train", "total": 40, "unit": "steps"},
        {"kind": "progress", "label": "train", "done": 10, "total": 40, "note": "loss 0.5"},
    )
    progress = Watcher(run).look()
    assert (progress.state, progress.current, progress.waiting) == ("running", "lora", ("full",))
    assert [(item.name, item.status) for item in progress.ended] == [("majority", "done"), ("zero-shot", "failed")]
    step = progress.steps[0]
    assert (step.label, step.done, step.total, step.note) == ("train", 10, 40, "loss 0.5")
    assert step.seconds_left == pytest.approx(30)


def test_only_the_latest_continuation_counts(tmp_path: Path) -> None:
    run = folder(
        tmp_path,
        {"kind": "begun"},
        {"kind": "start", "label": "train", "total": 40, "unit": "steps"},
        {"kind": "begun"},
        {"kind": "say", "text": "zero-shot"},
    )
    progress = Watcher(run).look()
    assert (progress.steps, progress.current) == ((), "zero-shot")
    assert progress.waiting == ("lora", "full")


def test_a_run_that_nobody_works_on_has_stopped(tmp_path: Path) -> None:
    run = folder(tmp_path, {"kind": "begun"}, {"kind": "say", "text": "lora"}, pid=2**22 + 1)
    progress = Watcher(run).look()
    assert (progress.state, progress.current) == ("stopped", "")


def test_finished(tmp_path: Path) -> None:
    run = folder(tmp_path, {"kind": "begun"}, {"kind": "finished", "seconds": 10.0}, pid=2**22 + 1)
    progress = Watcher(run).look()
    assert (progress.state, progress.waiting, progress.seconds) == ("finished", (), pytest.approx(10))


def test_a_half_written_line_is_waited_for(tmp_path: Path) -> None:
    run = folder(tmp_path, {"kind": "begun"}, {"kind": "say", "text": "lora"})
    with (run / "events.jsonl").open("a") as file:
        file.write('{"time": 1, "ki')
    assert Watcher(run).look().current == "lora"


def test_where_no_run_is_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no events\.jsonl"):
        Watcher(tmp_path)


def test_command_tells_once_where_there_is_no_terminal(tmp_path: Path) -> None:
    run = folder(
        tmp_path,
        {"kind": "begun"},
        {"kind": "approach", "name": "tfidf", "status": "not_run", "seconds": 0.0},
        {"kind": "say", "text": "lora"},
    )
    told = CliRunner().invoke(app, ["watch", str(run)]).output
    assert "tickets: running" in told
    assert "tfidf not run" in told
    assert "▸ lora" in told
    assert json.loads(CliRunner().invoke(app, ["watch", str(run), "--json"]).output)["current"] == "lora"


def test_what_has_answered_is_scored_as_the_run_will_score_it(tmp_path: Path) -> None:
    """By the metric of the template that made the rows, with the recipe's intervals, and with the test set closed."""
    done = {"kind": "approach", "name": "zero-shot", "status": "done", "seconds": 1.0}
    run = folder(tmp_path, {"kind": "begun"}, done, more="evaluate: {confidence: 0.6}\nseed: 3\n")
    task = {"kind": "generate", "instruction": "Translate.", "labels": [], "template": "translation"}
    write_json(run / "data" / "data.json", {"task": task})
    asked = [Example(id=str(i), input="", target=f"the answer {i}") for i in range(9)]
    answers = [Prediction(id=str(i), text=f"the answer {i % 3}") for i in range(9)]
    write_predictions(run / "approaches/zero-shot/predictions.parquet", asked, answers)
    progress = Watcher(run).look()
    assert progress.metric == "chrf"
    expected = measure(task_of(task), asked, answers, ["chrf"], confidence=0.6, seed=3).scores["chrf"]
    assert progress.scores == (("zero-shot", expected),)
