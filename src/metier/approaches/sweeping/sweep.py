"""Sweep over settings of an approach: build it with other values, judge each on validation, keep the best.

The recipe's own settings are a trial like the others and win ties. Every finished trial stands in ``sweep.jsonl`` of
the approach's folder, so that a killed sweep goes on where it was (a trial that was training goes on from its
checkpoint), and a longer one only does what is new. Only the best trial's weights are kept while it runs.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from metier import evaluation
from metier.approaches.journal import OnceJournal
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.sweeping.space import Check, Space, Values, applied, own_values
from metier.approaches.sweeping.ways import WAYS
from metier.approaches.system import System
from metier.approaches.tuning.beforehand import lent
from metier.approaches.tuning.outside import outside_inputs
from metier.core import MetierError, Record, Sweep, TrainingError, derive, say, trial
from metier.core.artifacts import hash_value, plain, write_json
from metier.core.said import Said, joined
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.training import rest_on

JOURNAL, TRIALS = "sweep.jsonl", "trials"
_KEY_LETTERS = 12

Build = Callable[[ApproachSettings, Path], System]
"""Builds an approach without a sweep into a folder, and loads it."""


class Swept(NamedTuple):
    """A finished sweep: the approach with the best values, and what it took."""

    settings: ApproachSettings
    sweep: Sweep


class _Done(NamedTuple):
    """A trial: its folder's name, what was tried, on how many training rows (None: all), and what came of it."""

    key: str
    values: Values
    rows: int | None
    result: dict[str, Any]


class _Sweeper:
    """Tries combinations, each once, and keeps the weights of the best."""

    def __init__(
        self, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path, build: Build
    ) -> None:
        assert settings.sweep is not None
        self.settings, self.dataset, self.resources, self.folder, self.build = (
            settings,
            dataset,
            resources,
            folder,
            build,
        )
        self.own = own_values(settings, settings.sweep)
        task = dataset.task
        self.metric = evaluation.METRICS.get(settings.sweep.metric or evaluation.default_metrics(task.kind)[0])
        self.sign = -1.0 if self.metric.better == "lower" else 1.0
        inputs = [self.metric.name, task, dataset.train, dataset.validation, dataset.undesirable]
        inputs += [resources.seed, resources.compute, resources.source(settings.model).fingerprint]
        self.journal = OnceJournal(folder / JOURNAL, inputs)
        self.done: list[_Done] = []
        self.best: tuple[float, str] | None = None

    def __call__(self, values: Values, rows: int | None) -> float | None:
        """Build and judge a combination; see :class:`metier.approaches.sweeping.ways.Try`."""
        candidate = applied(self.settings, values)
        if rows is not None and candidate.weights is not None:
            candidate = candidate.model_copy(
                update={"weights": candidate.weights.model_copy(update={"max_rows": rows})}
            )
        key = hash_value(candidate)[:_KEY_LETTERS]
        folder = self.folder / TRIALS / key
        read = outside_inputs(candidate, folder=self.resources.recipe_folder, model=self.resources.model)
        reporter, tried = self.resources.reporter, plain({**self.own, **values})
        trial(reporter, folder, metric=self.metric.name, settings=tried, rows=rows)
        result = self.journal.once([candidate, *read], lambda: self._try(candidate, folder))
        trial(reporter, folder, metric=self.metric.name, settings=tried, rows=rows, result=result)
        self.done.append(_Done(key, values, rows, result))
        value = None if result["value"] is None else self.sign * result["value"]
        improved = rows is None and value is not None and (self.best is None or value > self.best[0])
        if improved and value is not None:
            if self.best:
                shutil.rmtree(self.folder / TRIALS / self.best[1], ignore_errors=True)
            self.best = (value, key)
        else:
            shutil.rmtree(folder, ignore_errors=True)
        self._tell(self.done[-1])
        return value

    def _try(self, candidate: ApproachSettings, folder: Path) -> dict[str, Any]:
        started = time.perf_counter()
        family = self.resources.source(candidate.model).profile.family
        asked = family != "encoder" and form_of(self.dataset.task.kind).answered
        quick = (
            applied(candidate, {"prompt.sensitivity": 0}) if asked else candidate
        )  # only the best is asked otherwise
        try:
            with lent(self.folder, folder):
                system = self.build(quick, folder)
            predictions = system.predict(self.dataset.validation)
        except MetierError as error:
            return {"value": None, "why": str(error), "seconds": time.perf_counter() - started}
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)  # the weights are whole now
        task, rows = self.dataset.task, self.dataset.validation
        measured = evaluation.measure(task, rows, predictions, [self.metric], seed=self.resources.seed)
        return {
            "value": measured.scores[self.metric.name].value,
            "seconds": round(time.perf_counter() - started, 3),
            "tokens_in": sum(answer.tokens_in for answer in predictions),
            "tokens_out": sum(answer.tokens_out for answer in predictions),
        }

    def _tell(self, done: _Done) -> None:
        value = done.result["value"]
        told = "failed" if value is None else f"{self.metric.name} {value:.3f}"
        best = f" (best {self.sign * self.best[0]:.3f})" if self.best else ""
        rows = f" on {done.rows} rows" if done.rows else ""
        say(self.resources.reporter, f"  trial {len(self.done)}: {in_words(done.values)}{rows}: {told}{best}")

    def whole(self) -> list[_Done]:
        """Trials on all rows that did not fail, best first; the recipe's own first among equals."""
        found = [done for done in self.done if done.rows is None and done.result["value"] is not None]
        return sorted(found, key=lambda done: -self.sign * done.result["value"])


def sweep(
    settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path, *, build: Build, check: Check
) -> Swept:
    """Find the best values for an approach.

    Args:
        settings: with a sweep.
        dataset: trials learn from train and are judged on validation.
        resources: seed, reporter.
        folder: the approach's; gets ``sweep.json`` and, ready to be taken up, the best trial's weights.
        build: builds and loads an approach without a sweep.
        check: finds what is wrong with an approach; such combinations are not tried.

    Raises:
        TrainingError: every trial failed.
    """
    assert settings.sweep is not None
    attempt = _Sweeper(settings, dataset, resources, folder, build)
    seed = derive(resources.seed, "sweep")
    space = Space(settings, check, seed=seed)
    WAYS[settings.sweep.method](space, attempt, rows=len(dataset.train), seed=seed)
    ranked = attempt.whole()
    if not ranked:
        raise TrainingError(f"Every trial of the sweep failed, the recipe's own first: {attempt.done[0].result['why']}")
    best, results = ranked[0], [done.result for done in attempt.done]
    default = next((done.result["value"] for done in ranked if not done.values), None)
    found = Sweep(
        metric=attempt.metric.name,
        method=settings.sweep.method,
        combinations=len({hash_value(done.values) for done in attempt.done}),
        trials=len(results),
        failed=sum(result["value"] is None for result in results),
        rows=len(dataset.validation),
        chosen=dict(best.values),
        own=attempt.own,
        best=round(best.result["value"], 4),
        default=None if default is None else round(default, 4),
        tokens_in=sum(result.get("tokens_in", 0) for result in results),
        tokens_out=sum(result.get("tokens_out", 0) for result in results),
        seconds=round(sum(result["seconds"] for result in results), 2),
    )
    told = [{"key": done.key, "values": plain(done.values), "rows": done.rows, **done.result} for done in attempt.done]
    write_json(folder / "sweep.json", {"sweep": found, "trials": told})
    if attempt.best:
        _take_up(folder / TRIALS / attempt.best[1], folder)
    shutil.rmtree(folder / TRIALS, ignore_errors=True)
    return Swept(applied(settings, best.values), found)


def counted(record: Record, found: Sweep) -> Record:
    """The record of the approach with its best values, and the whole cost of finding them."""
    spent = max(0.0, found.seconds - record.seconds.get("train", 0.0))  # the best one's training is counted already
    return replace(
        record,
        summary=joined([record.summary, Said("Its settings were found in %(n)s trials.", n=str(found.trials))]),
        seconds={**record.seconds, "sweep": round(spent, 2)},
        notes=(*record.notes, str(found)),
        sweep=found,
    )


def in_words(values: Values) -> str:
    """A combination as a person reads it.

    >>> in_words({"weights.rank": 8, "weights.learning_rate": 0.001}), in_words({})
    ('rank 8, learning_rate 0.001', "the recipe's own settings")
    """
    told = ", ".join(f"{path.rpartition('.')[2]} {value}" for path, value in values.items())
    return told or "the recipe's own settings"


def _take_up(trial: Path, folder: Path) -> None:
    """Put a trial's weights where those of the approach are, so that building it again trains nothing."""
    for name in ("weights", "start"):
        if (trial / name).is_dir():
            shutil.rmtree(folder / name, ignore_errors=True)
            with suppress(OSError):
                (trial / name).rename(folder / name)
    if (folder / "weights").is_dir():
        rest_on(folder / "weights")
