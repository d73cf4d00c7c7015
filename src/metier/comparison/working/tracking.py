"""What a run tells trackers: losses while it trains, what each trial of a sweep gave, measures and costs at the end.

A tracker never costs the run anything: one that fails is told of once, and the work goes on without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from metier.comparison.recipe import Recipe
from metier.comparison.trackers import TRACKERS, Tracker
from metier.core import IntegrityError, Reporter, warn
from metier.core.artifacts import hash_value, read_json, write_json

STATE = "trackers.json"
"""What has been told already, by tracker and name."""
_COSTS = (
    "train_seconds",
    "build_seconds",
    "build_cost",
    "cost_per_1000",
    "latency_p50_ms",
    "latency_p95_ms",
    "latency_p99_ms",
    "answers_per_second",
    "tokens_per_query",
    "peak_memory_mb",
    "gpu_memory_mb",
    "build_energy_wh",
    "energy_per_1000_wh",
    "disk_mb",
    "trainable_parameters",
)


_OF_A_TRIAL = ("seconds", "tokens_in", "tokens_out")


class Tracking:
    """A reporter that passes everything on, and tells trackers of the points of training curves.

    Args:
        then: the reporter that everything goes to.
        recipe: names the trackers; none of them is opened before it is told something.
        folder: the run's.
    """

    def __init__(self, then: Reporter, recipe: Recipe, folder: Path) -> None:
        self._then, self._folder = then, folder
        self.recipe = recipe
        self._left = dict(recipe.trackers)
        self._open: dict[str, Tracker] = {}
        self._begun: set[tuple[str, str]] = set()
        self._trials: dict[str, dict[str, Any]] = {}
        self._state: dict[str, dict[str, Any]] = {}
        if self._left:
            self._state = _told_before(folder / STATE)

    def event(self, kind: str, **data: Any) -> None:
        """Pass the event on; of a point of a training's curve, and of a trial, tell the trackers."""
        self._then.event(kind, **data)
        if kind not in ("point", "trial") or not self._left:
            return
        name = name_of(Path(data["training"]), self._folder)
        if kind == "trial":
            self._trial(name, data)
        else:
            for tracker in list(self._left):
                values = {key.replace("_", "/", 1): value for key, value in data["values"].items()}
                self._log(tracker, name, values, step=data["step"])
                self._noted(tracker, name)["points"] = True

    def measured(self, board: Mapping[str, Any]) -> None:
        """Tell of what has been measured, where it is new; and of curves that were learnt before there was a tracker.

        Args:
            board: the leaderboard.
        """
        if not self._left:
            return
        for row in board["approaches"]:
            if row["status"] == "done":
                self._measured(row, board["primary_metric"])
        write_json(self._folder / STATE, self._state)

    def close(self) -> None:
        """Close what is open; the run goes on, or has ended, in any case."""
        for tracker in list(self._open):
            self._try(tracker, lambda tracker=tracker: self._open[tracker].close())
        self._open.clear()

    def _measured(self, row: Mapping[str, Any], primary: str) -> None:
        name, values = row["name"], measures_of(row)
        for key, told in trials_of(self._folder / "approaches" / name / "sweep.json"):
            self._trial(f"{name}/trials/{key}", told)
        for tracker in list(self._left):
            noted = self._noted(tracker, name)
            if not noted.get("points"):
                for step, point in curve_of(self._folder / "approaches" / name / "record.json"):
                    self._log(tracker, name, point, step=step)
                noted["points"] = True
        self._log_once(name, values)

    def _trial(self, name: str, told: Mapping[str, Any]) -> None:
        """Keep what a trial tries, for its training; once it has a result, log that."""
        rows = {} if told["rows"] is None else {"weights.max_rows": told["rows"]}
        self._trials[name] = dict(flat({**told["settings"], **rows}))
        if result := told["result"]:
            value = {} if result["value"] is None else {f"validation/{told['metric']}": float(result["value"])}
            costs = {f"cost/trial_{part}": float(result[part]) for part in _OF_A_TRIAL if part in result}
            self._log_once(name, {**value, **costs})

    def _log_once(self, name: str, values: Mapping[str, float]) -> None:
        """Measures, where they or their settings are not those that a tracker has been told."""
        key = hash_value([values, self._settings(name)])
        for tracker in list(self._left):
            noted = self._noted(tracker, name)
            if noted.get("measures") != key:
                self._log(tracker, name, values, step=0)
                noted["measures"] = key

    def _noted(self, tracker: str, name: str) -> dict[str, Any]:
        return self._state.setdefault(tracker, {}).setdefault(name, {})

    def _log(self, tracker: str, name: str, values: Mapping[str, float], *, step: int) -> None:
        def do() -> None:
            if tracker not in self._open:
                kind = TRACKERS.get(tracker)
                self._open[tracker] = kind.start(self.recipe.trackers[tracker], self._folder, self.recipe.name)
            approach = name.partition("/")[0]
            for one in dict.fromkeys([approach, name] if approach in self.recipe.approaches else [name]):
                if (tracker, one) not in self._begun:
                    self._begun.add((tracker, one))
                    self._open[tracker].begin(one, self._settings(one))
            self._open[tracker].log(name, values, step=step)

        self._try(tracker, do)

    def _try(self, tracker: str, do: Callable[[], None]) -> None:
        if tracker not in self._left:
            return
        try:
            do()
        except Exception as error:  # whatever a tool or its server may throw: the run is worth more
            first = str(error).splitlines()[0] if str(error) else ""
            self._left.pop(tracker)
            warn(self._then, f"{tracker}: {type(error).__name__}: {first}. The work goes on without it.")

    def _settings(self, name: str) -> dict[str, Any]:
        """Settings of an approach or a trial, flat; nothing of what is a floor, or another training within one."""
        tried = self._trials.get(name)
        settings = self.recipe.approaches.get(name if tried is None else name.partition("/")[0])
        if settings is None:
            return tried or {}
        own = dict(flat(settings.model_dump(mode="json", exclude={"hosted"} if tried is None else {"hosted", "sweep"})))
        return {"model": self.recipe.model, "seed": self.recipe.seed} | own | (tried or {})


def name_of(training: Path, run: Path) -> str:
    """What a training is called, from the folder of its checkpoints.

    >>> name_of(Path("run/approaches/lora/checkpoints"), Path("run"))
    'lora'
    >>> name_of(Path("run/approaches/lora/trials/ab12/checkpoints"), Path("run"))
    'lora/trials/ab12'
    >>> name_of(Path("run/curves/lora/200-1/built/checkpoints"), Path("run"))
    'curves/lora/200-1'
    """
    place = training.relative_to(run) if training.is_relative_to(run) else Path(training.name)
    first, *rest = place.parts
    rest = [part for number, part in enumerate(rest) if not number or part not in ("checkpoints", "built")]
    return "/".join(rest or [first]) if first == "approaches" else "/".join([first, *rest])


def measures_of(row: Mapping[str, Any]) -> dict[str, float]:
    """A row of the leaderboard as values by name: each metric with its interval, and the costs that are known."""
    found: dict[str, float] = {}
    for metric, score in row["metrics"].items():
        found[f"test/{metric}"] = score["value"]
        found |= {f"test/{metric}/{end}": score[end] for end in ("low", "high")}
    return found | {f"cost/{name}": float(row[name]) for name in _COSTS if row.get(name) is not None}


def curve_of(record: Path) -> list[tuple[int, dict[str, float]]]:
    """The points of the training curve in a record, by step; none where nothing was trained."""
    with suppress(OSError, ValueError, IntegrityError, AttributeError, TypeError):
        curve = read_json(record).get("curve") or {}
        points: dict[int, dict[str, float]] = {}
        for steps, losses, name in (
            ("steps", "losses", "train/loss"),
            ("validation_steps", "validation_losses", "validation/loss"),
        ):
            for step, loss in zip(curve.get(steps, ()), curve.get(losses, ()), strict=False):
                points.setdefault(step, {})[name] = loss
        return sorted(points.items())
    return []


def trials_of(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The trials of a finished sweep by the names of their folders, as they were told of; none where there is none."""
    with suppress(OSError, ValueError, IntegrityError, KeyError, TypeError):
        found = read_json(path)
        own, metric = found["sweep"]["own"], found["sweep"]["metric"]
        return [
            (one["key"], {"metric": metric, "settings": {**own, **one["values"]}, "rows": one["rows"], "result": one})
            for one in found["trials"]
        ]
    return []


def _told_before(path: Path) -> dict[str, dict[str, Any]]:
    """What trackers have been told by earlier runs into the folder; nothing, where that cannot be read."""
    with suppress(OSError, ValueError, IntegrityError, AttributeError):
        return {
            tracker: {name: dict(noted) for name, noted in names.items()} for tracker, names in read_json(path).items()
        }
    return {}


def flat(settings: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    """Settings by their paths, without those that are not set.

    >>> dict(flat({"weights": {"rank": 8, "start": None}, "seed": 1}))
    {'weights.rank': 8, 'seed': 1}
    """
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")
        elif value is not None:
            plain = value if isinstance(value, bool | int | float | str) else str(value)
            yield f"{before}{name}", plain
