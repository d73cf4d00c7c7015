"""A process of its own for each approach: its peak memory is its own, and its crash is one failed row of the table.

Workers are forked from a server that has imported torch once, so that starting one takes milliseconds. A worker that
loses its parent ends at once.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Generator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from metier.comparison.working.job import Job, do
from metier.core import MetierError, NotApplicableError, Reporter, Stopped, UserError, say
from metier.core.said import Said

HEAVY = [
    "metier.comparison.working.job",
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "sklearn.linear_model",
    "pyarrow",
]

SAVING_SECONDS = 60.0
"""How long a worker that was told to stop may take to save its training."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


_TRACED = "%(error)s (the whole trace is in crash.txt)"


class Outcome(NamedTuple):
    """How the work on an approach ended.

    Attributes:
        status: ``done``, ``failed``, ``not_applicable``, ``stopped`` (told to stop, and saved), or ``not_run`` where
            the time was over.
        why: the reason of a failure, in a sentence or a problem's text; empty where it is done.
    """

    status: str
    why: str


def run_here(job: Job, reporter: Reporter, deadline: float | None = None) -> Outcome:
    """Do a job in this process, turning its errors into an outcome. It cannot be stopped at a deadline."""
    try:
        do(job, reporter)
    except UserError as error:
        status = "not_applicable" if isinstance(error, NotApplicableError) else "failed"
        return Outcome(status, " ".join(f"expected {p.expected}, got {p.got}: {p.remedy}." for p in error.problems))
    except MetierError as error:
        return Outcome("failed", str(error))
    except OSError as error:
        if error.errno in _FULL:
            told = "%(error)s. What was finished or saved before is whole: make room and run again."
            return Outcome("failed", Said(told, error=str(error.strerror)))
        return _unexpected(error, job)
    except MemoryError:
        told = "Out of memory. Lower weights.tokens_per_micro_batch, or choose a smaller model."
        return Outcome("failed", Said(told))
    except Exception as error:
        return _unexpected(error, job)
    return Outcome("done", "")


def _unexpected(error: Exception, job: Job) -> Outcome:
    first = str(error).splitlines()[0] if str(error) else ""
    what = f"{type(error).__name__}: {first}"
    return Outcome("failed", Said(_TRACED, error=what) if _keep_trace(job.folder) else what)


def _keep_trace(folder: Path) -> bool:
    """Write the current exception's trace for whoever wants to look into it; whether that succeeded."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "crash.txt").write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:  # the disk is full, perhaps: the reason itself must still come through
        return False
    return True


def run_isolated(job: Job, reporter: Reporter, deadline: float | None = None) -> Outcome:
    """Do a job in a process of its own and pass its progress on.

    Args:
        job: what to do.
        reporter: told of the progress.
        deadline: when to end it, by ``time.monotonic()``; its checkpoints stay. None: never.

    Raises:
        KeyboardInterrupt: the user stopped the run; the worker has saved its training and ended.
        Stopped: the run, or its worker alone, got SIGTERM; likewise.
    """
    context = _context()
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(job, theirs), name=f"metier {job.name}", daemon=True)
    with _without_main():
        process.start()
    theirs.close()
    outcome: Outcome | None = None
    try:
        while True:
            if deadline is not None and not ours.poll(max(0.0, deadline - time.monotonic())):
                _end(process, ours, reporter)
                outcome = Outcome("not_run", Said("stopped when the time was over; the same command goes on with it"))
                break
            kind, payload = ours.recv()
            if kind == "outcome":
                outcome = payload
                break
            reporter.event(kind, **payload)
    except EOFError:
        pass  # it ended without a word
    except KeyboardInterrupt as stop:
        say(reporter, "  stopping: what was trained is being saved")
        outcome = _end(process, ours, reporter)
        if isinstance(stop, Stopped) and outcome is not None and outcome.status == "stopped":
            raise Stopped(f"{job.name} {outcome.why}") from None
        raise
    except BaseException:
        process.terminate()
        process.join(10)
        raise
    process.join()
    if outcome is not None and outcome.status == "stopped":
        raise Stopped(f"{job.name} {outcome.why}")
    return outcome or Outcome("failed", _how_it_died(process.exitcode))


def _end(process: Any, connection: Connection, reporter: Reporter) -> Outcome | None:
    """Ask a worker to save and end, and wait for it; one that does not is ended. Its outcome, where it had one."""
    outcome, deadline = None, time.monotonic() + SAVING_SECONDS
    try:
        process.terminate()
        while outcome is None and connection.poll(max(0.0, deadline - time.monotonic())):
            kind, payload = connection.recv()
            if kind == "outcome":
                outcome = payload
            else:
                reporter.event(kind, **payload)
        process.join(max(0.1, deadline - time.monotonic()))
    except (EOFError, OSError):
        process.join(1)
    finally:  # a second Ctrl-C comes through here
        process.kill()
    return outcome


@contextmanager
def _without_main() -> Generator[None]:
    """Hide the program that was started: a worker needs nothing of it, and importing it again would run it again.

    So a script may call :func:`metier.comparison.run` without an ``if __name__ == "__main__"`` around it.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(HEAVY)
    # Ctrl-C reaches every process of the terminal. The server, and with it all workers, must never see it: the parent
    # decides. Starting the resource tracker would let it through again, so that comes first.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


def _how_it_died(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        if name == "SIGKILL":
            return Said("Its process was ended by SIGKILL. It may have run out of memory.")
        return Said("Its process was ended by %(signal)s.", signal=name)
    return Said("Its process ended with code %(code)s and without a result.", code=str(code))


class _Sender:
    """A reporter that sends events to the parent process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def event(self, kind: str, **data: Any) -> None:
        self._connection.send((kind, data))


def _work(job: Job, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(connection,), daemon=True).start()
    with suppress(OSError):  # a disk that is full is told by the work itself
        _quiet_output(job.folder)
    try:
        outcome = run_here(job, _Sender(connection))
    except Stopped as stop:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        outcome = Outcome("stopped", str(stop))
    connection.send(("outcome", outcome))


def _end_with_parent(connection: Connection) -> None:
    """The parent never sends; so a read that ends means that the parent has ended."""
    try:
        connection.recv()
    except (EOFError, OSError):
        os._exit(1)


def _quiet_output(folder: Path) -> None:
    """Send what libraries print to a log in the approach's folder, so that it does not cut through the bars."""
    folder.mkdir(parents=True, exist_ok=True)
    log = os.open(folder / "output.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
