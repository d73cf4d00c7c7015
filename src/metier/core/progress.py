"""Progress that a person can read and a program can follow.

One :class:`Reporter` is handed down through every room. What it is told goes to ``events.jsonl`` always, and to the
terminal as rich bars with the remaining time, or as plain lines where the output is not a terminal.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TextIO

PLAIN_SECONDS = 10.0
"""A plain line of progress at most this often, in seconds."""
EVENT_SECONDS = 1.0
"""A progress event in ``events.jsonl`` at most this often, in seconds."""
_BLOCK = 1 << 16


class Reporter(Protocol):
    """What a room tells about its work."""

    def event(self, kind: str, **data: Any) -> None:
        """Note something that happened. ``kind`` is a word; ``data`` is JSON-ready."""
        ...


class Bar:
    """One piece of work with a known size, as handed out by :func:`step`."""

    def __init__(self, reporter: Reporter, label: str, total: int, unit: str) -> None:
        self._reporter, self.label, self.total, self.unit = reporter, label, total, unit
        self.done = 0
        self.note = ""

    def advance(self, count: int = 1, *, note: str = "") -> None:
        """``count`` more of ``total`` are done; ``note`` is a short figure to show beside (``loss 0.52``)."""
        self.done += count
        self.note = note or self.note
        self._reporter.event("progress", label=self.label, done=self.done, total=self.total, note=self.note)


@contextmanager
def step(reporter: Reporter, label: str, total: int, *, unit: str = "rows") -> Generator[Bar]:
    """Report a piece of work of ``total`` units: a start, progress through the bar, an end with its seconds."""
    started = time.perf_counter()
    reporter.event("start", label=label, total=total, unit=unit)
    bar = Bar(reporter, label, total, unit)
    try:
        yield bar
    except BaseException:
        reporter.event("stop", label=label, done=bar.done, total=total)
        raise
    reporter.event("end", label=label, total=total, note=bar.note, seconds=round(time.perf_counter() - started, 2))


def say(reporter: Reporter, text: str) -> None:
    """Tell the user something worth a line."""
    reporter.event("say", text=text)


def point(reporter: Reporter, training: Path, *, step: int, **values: float) -> None:
    """Tell a point of a training's curve.

    Args:
        reporter: told of it.
        training: folder of its checkpoints, which tells trainings apart.
        step: optimiser steps so far.
        values: by name, such as ``train_loss`` and ``validation_loss``.
    """
    reporter.event("point", training=str(training), step=step, values=values)


def trial(
    reporter: Reporter,
    folder: Path,
    *,
    metric: str,
    settings: Mapping[str, Any],
    rows: int | None,
    result: Mapping[str, Any] | None = None,
) -> None:
    """Tell what a trial of a sweep is about to try, and again what came of it.

    Args:
        reporter: told of it.
        folder: the trial's own: what it trains stands below.
        metric: what trials are judged by, on validation.
        settings: path of each setting that is swept to the value that is tried.
        rows: training rows that it learns from. None: all.
        result: ``value`` of the metric (None: it failed), ``seconds``, ``tokens_in``, ``tokens_out``. None: not yet.
    """
    reporter.event("trial", training=str(folder), metric=metric, settings=settings, rows=rows, result=result)


def warn(reporter: Reporter, text: str) -> None:
    """Tell the user something that deserves attention."""
    reporter.event("warn", text=text)


class Silent:
    """A reporter that keeps what it was told in memory: for tests and for use as a library."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def event(self, kind: str, **data: Any) -> None:
        """Append the event to ``events``."""
        self.events.append({"kind": kind, **data})


class Nobody:
    """A reporter that nobody listens to: nothing is kept, however many rows are gone through."""

    def event(self, kind: str, **data: Any) -> None:
        """Forget it."""


class Journal:
    """A reporter that appends every event to a file and passes it on.

    The file holds whole lines only: what a kill or a full disk cut off is taken away again before the next line.
    Where it cannot be written, the work goes on without it, and the user is told once.

    Args:
        path: ``events.jsonl``; created with its folder, only ever appended to.
        then: the reporter that shows it to a person.
    """

    def __init__(self, path: Path, then: Reporter) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab+", buffering=0)
        self._then = then
        self._last_progress = 0.0
        self._failed = False
        self._end = self._whole_lines()

    def _whole_lines(self) -> int:
        """Length of the file up to its last line end; reads backwards."""
        end = self._file.seek(0, 2)
        while end:
            start = max(0, end - _BLOCK)
            self._file.seek(start)
            found = self._file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0

    def event(self, kind: str, **data: Any) -> None:
        """Write one JSON line; progress at most once a second."""
        now = time.time()
        if kind != "progress" or now - self._last_progress >= EVENT_SECONDS or data["done"] >= data["total"]:
            self._last_progress = now if kind == "progress" else self._last_progress
            line = json.dumps({"time": round(now, 3), "kind": kind, **data}, ensure_ascii=False)
            self._append((line + "\n").encode())
        self._then.event(kind, **data)

    def _append(self, line: bytes) -> None:
        try:
            if self._file.seek(0, 2) != self._end:
                self._file.truncate(self._end)
            written = self._file.write(line) or 0
            if written == len(line):
                self._end += written
                return
            reason = "No space left on device"
        except OSError as error:
            reason = str(error.strerror)
        if not self._failed:
            self._failed = True
            warn(self._then, f"{self._file.name} cannot be written ({reason}); the work goes on without it.")

    def close(self) -> None:
        """Close the file; a line that was cut off goes."""
        with suppress(OSError):
            if self._file.seek(0, 2) != self._end:
                self._file.truncate(self._end)
        self._file.close()


class PlainLines:
    """A reporter for logs and pipes: one line when work starts, now and then while it runs, and when it ends."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stderr
        self._started: dict[str, float] = {}
        self._last = 0.0

    def event(self, kind: str, **data: Any) -> None:
        """Print what a person wants to read of this event."""
        now = time.monotonic()
        match kind:
            case "start":
                self._started[data["label"]] = self._last = now
            case "progress" if now - self._last >= PLAIN_SECONDS:
                self._last = now
                spent = now - self._started.get(data["label"], now)
                left = spent / max(data["done"], 1) * (data["total"] - data["done"])
                self._line(f"  {data['label']}  {data['done']}/{data['total']}  {duration(left)} left  {data['note']}")
            case "end":
                self._line(f"  {data['label']}  done in {duration(data['seconds'])}  {data['note']}")
            case "say":
                self._line(data["text"])
            case "warn":
                self._line(f"! {data['text']}")
            case _:
                pass

    def _line(self, text: str) -> None:
        print(text.rstrip(), file=self._output, flush=True)


class RichBars:
    """A reporter for terminals: a bar for each running step with the remaining time, finished ones as a line."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("  {task.description}", markup=False),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}", style="dim", markup=False),
            console=self.console,
            transient=True,
        )
        self._escape = escape
        self._tasks: dict[str, Any] = {}

    def event(self, kind: str, **data: Any) -> None:
        """Draw this event."""
        match kind:
            case "start":
                self._progress.start()
                self._tasks[data["label"]] = self._progress.add_task(data["label"], total=data["total"], note="")
            case "progress" if data["label"] in self._tasks:
                self._progress.update(self._tasks[data["label"]], completed=data["done"], note=data["note"])
            case "end" | "stop" if data["label"] in self._tasks:
                self._progress.remove_task(self._tasks.pop(data["label"]))
                if not self._tasks:
                    self._progress.stop()
                if kind == "end":
                    label, note = self._escape(data["label"]), self._escape(data["note"])
                    self.console.print(
                        f"  [green]✓[/] {label}  [dim]{duration(data['seconds'])}  {note}[/]", soft_wrap=True
                    )
            case "say":
                self.console.print(data["text"], soft_wrap=True, markup=False)
            case "warn":
                self.console.print(f"[yellow]![/] {self._escape(data['text'])}", soft_wrap=True)
            case _:
                pass


def terminal_reporter() -> Reporter:
    """Bars where standard error is a terminal, plain lines otherwise."""
    return RichBars() if sys.stderr.isatty() else PlainLines()


def duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> duration(0.31), duration(42.3), duration(190), duration(7260)
    ('0.3 s', '42 s', '3 min 10 s', '2 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
