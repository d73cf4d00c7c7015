"""A process of its own for each approach: its peak memory is its own, and its crash is one failed row of the table.

Workers are forked from a server that has imported torch once, so that starting one takes milliseconds. A worker that
loses its parent ends at once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from metier.comparison.job import Job, do
from metier.core import MetierError, Reporter, UserError

_HEAVY = ["metier.comparison.job", "torch", "transformers", "peft", "accelerate", "sklearn.linear_model", "pyarrow"]


class Outcome(NamedTuple):
    """How the work on an approach ended.

    Attributes:
        status: ``done`` or ``failed``.
        why: the reason of a failure, in a sentence or a problem's text; empty where it is done.
    """

    status: str
    why: str


def run_here(job: Job, reporter: Reporter) -> Outcome:
    """Do a job in this process, turning its errors into an outcome."""
    try:
        do(job, reporter)
    except UserError as error:
        return Outcome("failed", " ".join(f"expected {p.expected}, got {p.got}: {p.remedy}." for p in error.problems))
    except MetierError as error:
        return Outcome("failed", str(error))
    except MemoryError:
        return Outcome("failed", "Out of memory. Lower weights.tokens_per_micro_batch, or choose a smaller model.")
    except Exception as error:
        crash = job.folder / "crash.txt"
        crash.parent.mkdir(parents=True, exist_ok=True)
        crash.write_text(traceback.format_exc(), encoding="utf-8")
        first = str(error).splitlines()[0] if str(error) else ""
        return Outcome("failed", f"{type(error).__name__}: {first} (the whole trace is in {crash.name})")
    return Outcome("done", "")


def run_isolated(job: Job, reporter: Reporter) -> Outcome:
    """Do a job in a process of its own and pass its progress on.

    Raises:
        KeyboardInterrupt: the user stopped the run; the worker has been ended.
    """
    context = _context()
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(job, theirs), name=f"metier {job.name}", daemon=True)
    process.start()
    theirs.close()
    outcome: Outcome | None = None
    try:
        while True:
            kind, payload = ours.recv()
            if kind == "outcome":
                outcome = payload
                break
            reporter.event(kind, **payload)
    except EOFError:
        pass  # it ended without a word
    except BaseException:
        process.terminate()
        process.join(10)
        raise
    process.join()
    return outcome or Outcome("failed", _how_it_died(process.exitcode))


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    # Idle threads sleep instead of spinning: on a shared machine, spinning ones cost twice the time.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_HEAVY)
    return context


def _how_it_died(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = " It may have run out of memory." if name == "SIGKILL" else ""
        return f"Its process was ended by {name}.{hint}"
    return f"Its process ended with code {code} and without a result."


class _Sender:
    """A reporter that sends events to the parent process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def event(self, kind: str, **data: Any) -> None:
        self._connection.send((kind, data))


def _work(job: Job, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_end_with_parent, args=(connection,), daemon=True).start()
    _quiet_output(job.folder)
    outcome = run_here(job, _Sender(connection))
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
