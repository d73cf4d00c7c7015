"""How far a run is, told from its folder by whoever asks, in another terminal or on another machine that sees the disk.

Reads ``events.jsonl`` and the answers that are there; writes nothing and holds no lock. The leaderboard so far scores
the approaches that have answered by the primary metric, with intervals; which differences are significant, and the
advice, wait for the end of the run, when all can be compared.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from metier import approaches, evaluation
from metier.comparison.answers import read_asked, read_predictions
from metier.comparison.lock import JOURNAL
from metier.comparison.recipe import Recipe, load_recipe
from metier.comparison.scoring.metrics import metric_names
from metier.core import MetierError, Problem, Score, UserError, task_of
from metier.core.artifacts import read_json


class Step(NamedTuple):
    """Work that has begun: what it is, how much of it is done, a figure beside it, and seconds left (None: unknown)."""

    label: str
    done: int
    total: int
    note: str
    seconds_left: float | None


class Ended(NamedTuple):
    """An approach that has ended, how, and after how many seconds."""

    name: str
    status: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A moment of a run.

    Attributes:
        name: of the run.
        state: ``running``, ``finished``, or ``stopped`` where no process works on it any more.
        waiting: approaches of the recipe that have not begun.
        current: the approach that is being built or asked; empty between them.
        steps: work under way, the outermost first.
        ended: approaches, in the order in which they ended.
        scores: the primary metric of those that have answered, best first.
        metric: its name; empty before anything was measured.
        warnings: what was warned of, the latest last.
        last: the latest thing that was told.
        seconds: since the run (or its continuation) began.
    """

    name: str
    state: str
    waiting: tuple[str, ...]
    current: str
    steps: tuple[Step, ...]
    ended: tuple[Ended, ...]
    scores: tuple[tuple[str, Score], ...]
    metric: str
    warnings: tuple[str, ...]
    last: str
    seconds: float


class Watcher:
    """Looks at a run again and again; what was scored once is not scored anew.

    Args:
        folder: of the run.

    Raises:
        UserError: no run has begun there.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / JOURNAL).is_file():
            raise UserError([_no_run(folder)])
        self.folder = folder
        self._scored: dict[tuple[str, int], Score] = {}

    def look(self) -> Progress:
        """How far the run is now."""
        events = _latest(_events(self.folder / JOURNAL))
        recipe = self._recipe()
        ended = _ended(events)
        finished = bool(events) and events[-1]["kind"] == "finished"
        state = "finished" if finished else "running" if _alive(self.folder) else "stopped"
        names = [*recipe.approaches] if recipe else []
        known = {*names, *approaches.FLOORS}
        current = next((e["text"] for e in reversed(events) if e["kind"] == "say" and e["text"] in known), "")
        current = "" if current in {item.name for item in ended} or state != "running" else current
        begun = {item.name for item in ended} | {current}
        metric, scores = self._scores(recipe, ended)
        told = [event["text"] for event in events if event["kind"] == "say"]
        return Progress(
            name=recipe.name if recipe else self.folder.name,
            state=state,
            waiting=tuple(name for name in names if name not in begun) if state != "finished" else (),
            current=current,
            steps=_steps(events) if state == "running" else (),
            ended=ended,
            scores=scores,
            metric=metric,
            warnings=tuple(event["text"] for event in events if event["kind"] == "warn"),
            last=told[-1].strip() if told else "",
            seconds=_since(events, over=state != "running"),
        )

    def _recipe(self) -> Recipe | None:
        """The run's recipe; None before it is written, or where another version wrote it."""
        with suppress(UserError):
            return load_recipe(self.folder / "recipe.yaml").recipe
        return None

    def _scores(self, recipe: Recipe | None, ended: Iterable[Ended]) -> tuple[str, tuple[tuple[str, Score], ...]]:
        """The primary metric of what has answered; nothing where the data is not there yet."""
        done = [item.name for item in ended if item.status == "done"]
        if not done or recipe is None:
            return "", ()
        try:  # the file itself: loading the data set would put right what a killed run left, and a watcher only reads
            task = task_of(read_json(self.folder / "data" / "data.json")["task"])
            metric = metric_names(recipe, task, folder=self.folder)[0]
        except (OSError, ValueError, KeyError, TypeError, MetierError):
            return "", ()
        if not isinstance(metric, str) or metric not in evaluation.METRICS.names():  # the user's own, or a grader
            return "", ()  # scored when the run ends
        found: dict[str, Score] = {}
        for name in done:
            path = self.folder / "approaches" / name / "predictions.parquet"
            with suppress(OSError, ValueError, KeyError):  # not there yet, or from another version
                key = (name, path.stat().st_mtime_ns)
                if key not in self._scored:
                    measured = evaluation.measure(
                        task,
                        read_asked(path),
                        read_predictions(path),
                        [metric],
                        confidence=recipe.evaluate.confidence,
                        seed=recipe.seed,
                    )
                    self._scored[key] = measured.scores[metric]
                found[name] = self._scored[key]
        sign = 1 if evaluation.METRICS.get(metric).better == "lower" else -1
        return metric, tuple(sorted(found.items(), key=lambda item: sign * item[1].value))


def _events(path: Path) -> list[dict[str, Any]]:
    """Every whole line; the last one may still be on its way."""
    found: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError):
            found.append(json.loads(line))
    return found


def _latest(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was told since the run, or its latest continuation, began."""
    begun = [index for index, event in enumerate(events) if event["kind"] == "begun"]
    return events[begun[-1] :] if begun else events


def _ended(events: Iterable[Mapping[str, Any]]) -> tuple[Ended, ...]:
    return tuple(Ended(e["name"], e["status"], e["seconds"]) for e in events if e["kind"] == "approach")


def _steps(events: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Steps that have begun and not ended, with what their pace so far says of the time left."""
    running: dict[str, Step] = {}
    began: dict[str, float] = {}
    for event in events:
        match event["kind"]:
            case "start":
                began[event["label"]] = event["time"]
                running[event["label"]] = Step(event["label"], 0, event["total"], "", None)
            case "progress":
                spent = event["time"] - began.get(event["label"], event["time"])
                left = spent / event["done"] * (event["total"] - event["done"]) if event["done"] and spent else None
                running[event["label"]] = Step(event["label"], event["done"], event["total"], event["note"], left)
            case "end" | "stop":
                running.pop(event["label"], None)
            case "approach" | "finished":
                running.clear()
            case _:
                pass
    return tuple(running.values())


def _since(events: list[dict[str, Any]], *, over: bool) -> float:
    """Seconds from the first event to now, or to the last one of a run that is over."""
    if not events:
        return 0.0
    return max(0.0, (events[-1]["time"] if over else time.time()) - events[0]["time"])


def _alive(folder: Path) -> bool:
    """Whether the process that wrote itself into the lock still runs."""
    import psutil

    try:
        return psutil.pid_exists(int((folder / ".lock").read_text(encoding="utf-8").strip()))
    except (OSError, ValueError):
        return False


def _no_run(folder: Path) -> Problem:
    return Problem(
        where=str(folder),
        expected="the folder of a run that has begun, with events.jsonl",
        got="no events.jsonl" if folder.is_dir() else "no such folder",
        remedy="give the folder that `metier run` names first, such as runs/NAME",
    )
