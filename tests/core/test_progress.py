import io
import json
import resource
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


def events(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("tail", ["", '{"time": 1, "ki', "\x00" * 200_000])
def test_a_line_that_a_kill_cut_off_is_not_glued_to_the_next(tmp_path: Path, silent: Silent, tail: str) -> None:
    path = tmp_path / "events.jsonl"
    journal = Journal(path, silent)
    say(journal, "one")
    journal.close()
    path.write_text(path.read_text() + tail)
    journal = Journal(path, silent)
    say(journal, "two")
    journal.close()
    assert events(path) == ["one", "two"]


def test_a_file_of_nothing_but_a_broken_line(tmp_path: Path, silent: Silent) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("{")
    journal = Journal(path, silent)
    say(journal, "one")
    journal.close()
    assert events(path) == ["one"]


def limited(path: Path, size: int, texts: list[str], silent: Silent) -> None:
    """Say ``texts`` where no file may grow beyond ``size`` bytes: what a full disk does, without one."""
    journal = Journal(path, silent)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        for text in texts:
            say(journal, text)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    say(journal, "there is room again")
    journal.close()


def test_a_full_disk_cuts_no_line_and_stops_no_work(tmp_path: Path, silent: Silent) -> None:
    path = tmp_path / "events.jsonl"
    limited(path, 150, ["one", "x" * 200, "y" * 200], silent)
    assert events(path) == ["one", "there is room again"]
    shown = [event["text"][:3] for event in silent.events]
    assert shown == ["one", str(path)[:3], "xxx", "yyy", "the"]
    assert sum(event["kind"] == "warn" for event in silent.events) == 1


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
