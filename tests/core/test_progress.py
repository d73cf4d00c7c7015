import io
import json
from pathlib import Path

import pytest

from metier.core import Silent, say, step, warn
from metier.core.progress import Journal, PlainLines, RichBars


def test_the_journal_only_grows_and_holds_everything_but_quick_progress(tmp_path: Path, silent: Silent) -> None:
    path = tmp_path / "run" / "events.jsonl"
    for _ in range(2):
        journal = Journal(path, silent)
        with step(journal, "train", 1000) as bar:
            for _ in range(1000):
                bar.advance()
        say(journal, "ünï")
        journal.close()
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    kinds = [event["kind"] for event in events]
    assert kinds.count("start") == kinds.count("end") == 2
    assert 2 <= kinds.count("progress") <= 8
    assert events[-1]["text"] == "ünï"
    assert len(silent.events) == 2 * 1003


def test_a_failed_step_is_noted(silent: Silent) -> None:
    with pytest.raises(RuntimeError, match="x"), step(silent, "train", 3) as bar:
        bar.advance()
        raise RuntimeError("x")
    assert silent.events[-1] == {"kind": "stop", "label": "train", "done": 1, "total": 3}


def test_plain_lines_are_few() -> None:
    output = io.StringIO()
    lines = PlainLines(output)
    with step(lines, "train", 500) as bar:
        for _ in range(500):
            bar.advance(note="loss 0.1")
    warn(lines, "attention")
    assert output.getvalue().splitlines() == ["  train  done in 0.0 s  loss 0.1", "! attention"]


def test_bars_take_text_that_looks_like_markup(capsys: pytest.CaptureFixture[str]) -> None:
    bars = RichBars()
    with step(bars, "a [/red] b", 2) as bar:
        bar.advance(note="[bold")
    warn(bars, "[/nothing]")
    assert "a [/red] b" in capsys.readouterr().err
