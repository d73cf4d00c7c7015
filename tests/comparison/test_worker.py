"""Approaches in processes of their own: what dies there is one failed row, and nothing outlives the run."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import spawn
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.small_task import write_recipe

from metier.comparison import run as compare
from metier.comparison.working import job, worker
from metier.comparison.working.job import Job
from metier.comparison.working.worker import run_here
from metier.core import (
    DataError,
    IntegrityError,
    MissingPackageError,
    NotApplicableError,
    Problem,
    Silent,
    Stopped,
    TrainingError,
)
from metier.core.artifacts import check_manifest

METIER = str(Path(sys.executable).parent / "metier")
SLOW = {"weights": {"rank": 2, "epochs": 1000, "patience": 0, "max_length": 200, "checkpoint_seconds": 0}}


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Callable[..., Path]:
    def write(approaches: dict[str, Any]) -> Path:
        return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches)

    return write


class Killer(Silent):
    """Kills the worker of one approach once it trains, as the system does where memory runs out."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.pids = name, set[int]()

    def event(self, kind: str, **data: Any) -> None:
        super().event(kind, **data)
        for process in multiprocessing.active_children():
            self.pids.add(process.pid or 0)
            if process.name == f"metier {self.name}" and data.get("label") == "train":
                os.kill(process.pid or 0, signal.SIGKILL)


def test_a_killed_worker_is_a_failed_row_and_the_rest_go_on(recipe: Callable[..., Path], tmp_path: Path) -> None:
    killer = Killer("slow")
    path = recipe({"slow": SLOW, "zero-shot": None, "broken": {"weights": {"max_length": 8}}})
    board = compare(path, out=tmp_path / "run", reporter=killer).leaderboard
    rows = {row["name"]: row for row in board["approaches"]}
    done = {name for name, row in rows.items() if row["status"] == "done"}
    assert done == {"majority", "tfidf", "nearest", "zero-shot"}
    assert rows["slow"]["why"] == "Its process was ended by SIGKILL. It may have run out of memory."
    assert "does not fit" in rows["broken"]["why"]
    assert len(killer.pids) >= 4  # a process of its own for each that said something
    assert not any(psutil.pid_exists(pid) for pid in killer.pids)
    assert rows["zero-shot"]["peak_memory_mb"] > 0
    assert (tmp_path / "run/approaches/zero-shot/output.log").is_file()


def gone(pid: int, *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def started(recipe: Callable[..., Path], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``metier run`` in the middle of a training, in a process group of its own."""
    journal = tmp_path / "run" / "events.jsonl"
    command = [METIER, "run", str(recipe({"slow": SLOW})), "--out", str(journal.parent)]
    with (
        (tmp_path / "stderr").open("wb") as stderr,
        subprocess.Popen(
            command,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job has it ignored
        ) as process,
    ):
        try:
            while not re.search('"label": "train", "done": [1-9]', journal.read_text() if journal.is_file() else ""):
                assert process.poll() is None, (tmp_path / "stderr").read_text()
                time.sleep(0.1)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_ctrl_c_ends_the_worker_and_says_how_to_go_on(started: subprocess.Popen[bytes], tmp_path: Path) -> None:
    children = psutil.Process(started.pid).children(recursive=True)
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does
    assert started.wait(40) == 130
    assert all(gone(child.pid) for child in children)
    said = (tmp_path / "stderr").read_text()
    assert said.endswith("metier: stopped. The same command goes on where it stopped.\n")
    assert "Traceback" not in said


def test_sigterm_saves_the_training_and_ends_well(started: subprocess.Popen[bytes], tmp_path: Path) -> None:
    children = psutil.Process(started.pid).children(recursive=True)
    started.send_signal(signal.SIGTERM)
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGTERM)  # and once more to all, as container engines and batch systems do
    assert started.wait(30) == 0
    assert all(gone(child.pid) for child in children)
    said = (tmp_path / "stderr").read_text()
    assert "Traceback" not in said
    assert "failed" not in said
    assert "The same command goes on " in said.splitlines()[-1]
    saved = max(tmp_path.glob("run/approaches/slow/checkpoints/*/step-*"))
    assert check_manifest(saved) is None


def test_what_a_worker_says_last_is_the_runs_last_word() -> None:
    ours, theirs = multiprocessing.Pipe()
    theirs.send(("say", {"text": "saved"}))
    theirs.send(("outcome", worker.Outcome("stopped", "stopped at step 3 of 9, which is saved.")))
    asked: list[str] = []

    class Process:
        def terminate(self) -> None:
            asked.append("terminate")

        def join(self, seconds: float) -> None:
            asked.append("join")

        def kill(self) -> None:
            asked.append("kill")

    reporter = Silent()
    assert worker._end(Process(), ours, reporter) == ("stopped", "stopped at step 3 of 9, which is saved.")
    assert reporter.events == [{"kind": "say", "text": "saved"}]
    assert asked == ["terminate", "join", "kill"]
    theirs.close()
    assert worker._end(Process(), ours, reporter) is None


PARENT = """
import multiprocessing, sys, time
from pathlib import Path
from metier.comparison.working import worker
from metier.comparison.working.job import Job

worker.do = lambda job, reporter: time.sleep(600)
folder = Path(sys.argv[1])
job = Job(run=folder, name="mine", settings=None, loaded=None)
ours, theirs = multiprocessing.Pipe()

def work():
    ours.close()  # a fork has it too, a worker of the fork server does not
    worker._work(job, theirs)

process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
process.start()
print(process.pid, flush=True)
theirs.close()
ours.recv()
"""


def test_a_worker_does_not_outlive_its_parent(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    assert gone(pid)


def test_a_worker_is_told_nothing_of_the_program_that_was_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/a/script.py", raising=False)
    assert "init_main_from_path" in spawn.get_preparation_data("worker")
    with worker._without_main():
        assert not {"init_main_from_path", "init_main_from_name"} & spawn.get_preparation_data("worker").keys()
    assert "init_main_from_path" in spawn.get_preparation_data("worker")


@pytest.mark.slow
def test_a_script_without_a_main_guard_may_call_run(recipe: Callable[..., Path], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from metier.comparison import run\n"
        f"board = run(Path({str(recipe({}))!r}), out=Path({str(tmp_path / 'run')!r})).leaderboard\n"
        "print([row['status'] for row in board['approaches']])\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=200, check=False)
    assert done.stdout == "['done', 'done', 'done']\n", done.stderr


@pytest.fixture
def outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What becomes of a job that raises."""
    settings: Any = {}
    work = Job(run=tmp_path, name="mine", settings=settings, loaded=settings)

    def of(error: BaseException | None) -> worker.Outcome:
        def do(*_: Any) -> None:
            if error is not None:
                raise error

        monkeypatch.setattr(worker, "do", do)
        return run_here(work, Silent())

    return of


PROBLEM = Problem(where="recipe", expected="a", got="b", remedy="do c")


@pytest.mark.parametrize(
    ("error", "status", "why"),
    [
        (None, "done", ""),
        (DataError([PROBLEM, PROBLEM]), "failed", "expected a, got b: do c. expected a, got b: do c."),
        (NotApplicableError([PROBLEM]), "not_applicable", "expected a, got b: do c."),
        (TrainingError("The loss is not a number."), "failed", "The loss is not a number."),
        (IntegrityError("damaged"), "failed", "damaged"),
        (MissingPackageError("pip install x"), "failed", "pip install x"),
        (MemoryError(), "failed", "Out of memory. Lower weights.tokens_per_micro_batch, or choose a smaller model."),
        (KeyError("x"), "failed", "KeyError: 'x' (the whole trace is in crash.txt)"),
        (
            OSError(28, "No space left on device"),
            "failed",
            "No space left on device. What was finished or saved before is whole: make room and run again.",
        ),
        (RuntimeError("first\nsecond"), "failed", "RuntimeError: first (the whole trace is in crash.txt)"),
        (AssertionError(), "failed", "AssertionError:  (the whole trace is in crash.txt)"),
    ],
)
def test_an_error_becomes_a_reason(outcome: Any, error: BaseException | None, status: str, why: str) -> None:
    assert outcome(error) == (status, why)


def test_a_bug_leaves_its_trace(outcome: Any, tmp_path: Path) -> None:
    outcome(ZeroDivisionError("by zero"))
    trace = (tmp_path / "approaches/mine/crash.txt").read_text()
    assert trace.startswith("Traceback")
    assert trace.endswith("ZeroDivisionError: by zero\n")


def test_a_reason_comes_through_where_its_trace_cannot_be_written(outcome: Any, tmp_path: Path) -> None:
    (tmp_path / "approaches").write_text("a file where a folder should be")
    assert outcome(OSError(5, "Input/output error")) == ("failed", "OSError: [Errno 5] Input/output error")


def test_ctrl_c_is_never_a_failed_approach(outcome: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        outcome(KeyboardInterrupt())
    with pytest.raises(Stopped):
        outcome(Stopped("stopped"))


def test_logs_and_half_written_files_are_not_what_was_built(tmp_path: Path) -> None:
    """A line that a library prints must not make the next run build everything again."""
    names = [
        "record.json", "weights/model.safetensors", "output.log", "crash.txt", "checkpoints/step-1/state.json",
        ".weights.1.part/model.safetensors", "predictions.parquet", "costs.json", "analysis.json", ".stage-build.json",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = {path.relative_to(tmp_path).as_posix() for path in job._files_of(tmp_path)}
    assert found == {"record.json", "weights/model.safetensors"}
