"""The commands as a person meets them: exit codes, plain words instead of traces, output that programs can read."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.small_task import rows, write_recipe, write_rows

from metier import __version__
from metier.cli.main import main
from metier.core import Stopped
from metier.core.artifacts import read_json

METIER = str(Path(sys.executable).parent / "metier")
COMMANDS = ("init", "check", "run", "report", "predict", "demo")


class Ended(NamedTuple):
    code: int | str | None
    out: str
    err: str


@pytest.fixture
def metier(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Runs a command in this process, in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["metier", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return Ended(ended.value.code or 0, out, err)

    return call


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Callable[..., Path]:
    def write(approaches: dict[str, Any] | None = None, **sections: Any) -> Path:
        return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches or {}, **sections)

    return write


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Approaches are built in this process."""
    from metier.comparison import running
    from metier.comparison.working import worker

    monkeypatch.setattr(running, "run_isolated", worker.run_here)


def test_version_and_bare_call(metier: Any) -> None:
    assert metier("--version") == (0, f"{__version__}\n", "")
    code, out, err = metier()
    assert code == 2
    assert all(command in out + err for command in COMMANDS)


@pytest.mark.parametrize("line", ["nothing", "run", "run a b", "run a --no-such", "predict", "predict r --format x"])
def test_a_command_line_that_is_wrong_is_the_users_input(metier: Any, line: str) -> None:
    assert metier(*line.split()).code == 2


def test_a_run_prints_its_table_the_advice_and_what_to_do_next(
    metier: Any, recipe: Callable[..., Path], here: None
) -> None:
    code, out, err = metier("run", recipe({"odd": {"prompt": {"sensitivity": 2}}}), "--set", "name=other")
    assert code == 0
    assert "macro_f1" in out
    assert "test rows" in out
    assert "odd depends on its wording by" in out
    assert "metier predict runs/other" in out
    assert "data      60 rows read" in err
    assert "best so far" in err
    assert Path("runs/other/report.html").is_file()


def test_json_is_all_that_is_printed_where_it_is_asked_for(
    metier: Any, recipe: Callable[..., Path], here: None, tmp_path: Path
) -> None:
    path = recipe({"broken": {"weights": {"max_length": 8}}})
    checked = metier("check", path, "--json")
    assert json.loads(checked.out)["summary"]["rows"] == 60
    done = metier("run", path, "--out", "run", "--json")
    assert json.loads(done.out) == read_json(tmp_path / "run/leaderboard.json")
    drafted = metier("init", "tickets.csv", "--out", "new.yaml", "--json")
    assert json.loads(drafted.out)["recipe"] == "new.yaml"
    assert (checked.code, done.code, drafted.code) == (0, 0, 0)


def test_report_makes_the_page_again_and_prints_where_it_is(metier: Any, finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    (run / "report.html").unlink()
    assert metier("report", run, "--no-open") == (0, f"{run / 'report.html'}\n", "")
    assert (run / "report.html").is_file()


def test_init_writes_a_recipe_and_says_what_comes_next(metier: Any, tmp_path: Path) -> None:
    write_rows(tmp_path / "tickets.csv", rows(40))
    code, out, _ = metier("init", "--from", "tickets.csv")
    assert code == 0
    assert out.endswith("Wrote recipe.yaml. Next:\n  metier check recipe.yaml\n  metier run recipe.yaml\n")
    again = metier("init", "tickets.csv")
    assert (again.code, "--force to replace it" in again.err) == (2, True)
    assert metier("init").code == 2


@pytest.mark.parametrize(
    "command", ["check none.yaml", "run none.yaml", "report none", "predict none --text x", "init none.csv"]
)
def test_what_is_not_there_is_the_users_input(metier: Any, command: str) -> None:
    code, out, err = metier(*command.split())
    assert (code, out) == (2, "")
    assert err.startswith("metier: There is a problem:\n")
    assert "    do        " in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\ndata: {examples: tickets.csv}\napproaches: {a: {weights: {rnak: 1}}}\n", "did you mean 'rank'?"),
        ("name: [", "readable YAML"),
        ("name: desk\ndata: {examples: none.csv}\n", "no such file"),
        ("name: desk\ndata: {examples: tickets.csv, input: massage}\n", "did you mean 'message'?"),
        ("name: desk\ndata: {examples: binary.csv}\n", "a picture"),
        ("name: desk\ndata: {examples: '~no-such-user/x.csv'}\n", "a path that cannot be used"),
        ("name: desk\ndata: {examples: tickets.csv}\nmodel: none/such\napproaches: {a: {}}\n", "wrong.yaml: model"),
        ("name: desk\ndata: {examples: tickets.csv}\nembedder: ./none\n", "embedder"),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_mistake_in_recipe_or_data_is_told_in_words(
    metier: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, text: str, said: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write_rows(tmp_path / "tickets.csv", rows(30))
    (tmp_path / "binary.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "wrong.yaml").write_text(text)
    code, out, err = metier(command, "wrong.yaml")
    assert (code, out) == (2, "")
    assert said in err


def test_several_problems_are_told_together(metier: Any, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("nmae: x\ndata: {exmaples: y}\nseed: -1\n")
    assert metier("check", "wrong.yaml").err.startswith("metier: There are 5 problems:\n")


def test_another_folder_and_another_run_are_not_written_to(metier: Any, recipe: Callable[..., Path]) -> None:
    import fcntl

    path = recipe()
    code, _, err = metier("run", path, "--out", ".")
    assert (code, "a new or empty folder" in err) == (2, True)
    assert path.read_text().startswith("name: desk")
    Path("run").mkdir()
    with Path("run/.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, _, err = metier("run", path, "--out", "run")
    assert (code, "in use by another run" in err) == (2, True)
    code, _, err = metier("run", path, "--out", path / "x")
    assert (code, "a path below the file" in err) == (2, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told(metier: Any, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o000)
    code, _, err = metier("predict", "run", "--text", "x")
    assert (code, "Permission denied" in err) == (1, True)


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied", "x"), OSError(28, "No space left on device")]
)
@pytest.mark.parametrize("command", ["check", "run", "init", "predict", "report"])
def test_what_the_system_refuses_is_told_and_nothing_is_said_to_be_lost(
    metier: Any, monkeypatch: pytest.MonkeyPatch, command: str, error: OSError
) -> None:
    from metier import comparison

    def refuse(*_: object, **__: object) -> None:
        raise error

    for name in ("check_recipe", "run", "draft_recipe", "predict", "check_run"):
        monkeypatch.setattr(comparison, name, refuse, raising=False)
    place = f" ({error.filename})" if error.filename else ""
    assert metier(command, "x") == (1, "", f"metier: {error.strerror}{place}. What was finished before is whole.\n")


def test_ctrl_c_is_130_with_a_word_on_going_on(metier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from metier import comparison

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(comparison, "run", stop, raising=False)
    assert metier("run", "x") == (130, "", "metier: stopped. The same command goes on where it stopped.\n")


def test_sigterm_is_0_with_what_was_saved(metier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from metier import comparison

    def stop(*_: object, **how: object) -> None:
        assert how["force"]
        raise Stopped("lora stopped at step 3 of 9, which is saved.")

    monkeypatch.setattr(comparison, "run", stop, raising=False)
    assert metier("run", "x", "--force") == (0, "", "metier: lora stopped at step 3 of 9, which is saved.\n")


def test_a_bug_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    from metier import comparison

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(comparison, "run", fail, raising=False)
    monkeypatch.setattr(sys, "argv", ["metier", "run", "x"])
    with pytest.raises(ZeroDivisionError):
        main()


def piped(*command: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [METIER, *command], stderr=subprocess.PIPE, timeout=120, check=False, **{"stdout": subprocess.PIPE, **options}
    )


def test_a_pipe_is_answered_line_by_line(finished: Path) -> None:
    done = piped("predict", str(finished), "tfidf", input='my card was stolen\n{"id": 7, "message": "ü"}\n'.encode())
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert (done.returncode, done.stderr) == (0, b"")
    assert [(answer["id"], answer["input"]) for answer in answers] == [("line:1", "my card was stolen"), ("7", "ü")]


def test_a_pipe_that_is_empty_or_no_utf8_is_the_users_input(finished: Path) -> None:
    for content, said in ((b"", b"pipe lines into it"), (b"caf\xe9\n", b"the byte 0xe9")):
        done = piped("predict", str(finished), input=content, env={**os.environ, "LC_ALL": "C"})
        assert (done.returncode, said in done.stderr, b"Traceback" in done.stderr) == (2, True, False)


def test_no_standard_input_at_all_is_no_crash(finished: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"'{METIER}' predict '{finished}' <&-"], capture_output=True, timeout=120, check=False
    )
    assert (done.returncode, b"pipe lines into it" in done.stderr) == (2, True)


def test_a_reader_that_has_seen_enough_is_no_error(finished: Path) -> None:
    lines = b"a text that is answered\n" * 5000
    reader, writer = os.pipe()
    os.close(reader)
    done = piped("predict", str(finished), "majority", input=lines, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_told_for_what_is_printed_too(finished: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = piped("predict", str(finished), "majority", "--text", "x", stdout=full)
    assert done.returncode == 1
    assert done.stderr == b"metier: No space left on device. What was finished before is whole.\n"


def test_a_limit_on_files_fails_in_words_and_leaves_nothing_half(finished: Path, tmp_path: Path) -> None:
    """A file-size limit stands for the disk that fills up while a file is written."""
    out = tmp_path / "answers.jsonl"
    command = f"ulimit -f 8; exec '{METIER}' predict '{finished}' majority --out '{out}'"
    done = subprocess.run(
        ["bash", "-c", command], input=b"a text\n" * 20000, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"metier: File too large")
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_without_our_characters_still_gets_its_table(finished: Path) -> None:
    recipe = finished.parent / "recipe.yaml"
    done = piped(
        "check",
        str(recipe),
        "--set",
        "task.instruction=→",
        "--json",
        "--no-estimates",
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)


def test_termination_is_not_reported_as_done(finished: Path) -> None:
    with subprocess.Popen([METIER, "predict", str(finished)], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) != 0
