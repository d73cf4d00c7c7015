"""Runs against each other: the same examples, answered by the chosen approach of each.

Examples are found again by what they ask and what is right, not by their row, so that a file that has grown in between
does not matter. Whatever is on one side only is left out and counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from metier import evaluation
from metier.comparison.answers import read_predictions
from metier.comparison.lock import writing
from metier.comparison.recipe import recipe_of
from metier.comparison.scoring.metrics import chosen_metrics
from metier.comparison.using.predicting import check_run, choose_approach
from metier.comparison.using.wholeness import reading
from metier.core import Example, Prediction, Problem, Task, UserError
from metier.core.tasks import form_of
from metier.data import load


class Change(NamedTuple):
    """An example that one run answers better than the other: what was asked, what is right, and both answers."""

    id: str
    input: str
    target: str
    before: str
    after: str


class Versus(NamedTuple):
    """A run against the first one.

    Attributes:
        run: its folder.
        approach: the approach that answers for it.
        score: its primary metric, on the examples that all runs share.
        difference: to the first run, in pairs; None for the first one.
        p: of that difference, corrected for the number of runs; None for the first one.
        significant: whether it is more than chance.
        fixed, broken, unchanged: examples that it does better, worse and equally well.
        regressions: the broken ones, the worst first.
        improvements: the fixed ones, those that gained most first.
    """

    run: str
    approach: str
    score: Any
    difference: Any
    p: float | None
    significant: bool
    fixed: int
    broken: int
    unchanged: int
    regressions: list[Change]
    improvements: list[Change]


class Compared(NamedTuple):
    """Several runs on the examples that they share.

    Attributes:
        metric: compared by.
        examples: how many they share.
        left_out: for each run, how many of its test examples the others lack.
        runs: in the order given.
    """

    metric: str
    examples: int
    left_out: dict[str, int]
    runs: list[Versus]


def compare_runs(runs: Sequence[Path]) -> Compared:
    """Compare finished runs of one task by their recommended approaches, the first run being the yardstick.

    Its recipe says the level of the intervals too, and the seed of the bootstrap.

    Args:
        runs: folders, at least two; ``RUN:APPROACH`` names another approach than the recommended one.

    Raises:
        UserError: a folder is no finished run, runs are of different kinds of task, or they share no example.
    """
    sides = [_side(run) for run in runs]
    first = sides[0]
    for side in sides[1:]:
        if side.task.kind != first.task.kind:
            raise _refused(side, f"a run of kind {first.task.kind!r}", f"one of kind {side.task.kind!r}")
    shared = set.intersection(*(set(side.by_key) for side in sides))
    keys = [key for key in first.by_key if key in shared]
    if not keys:
        raise _refused(sides[1], "examples that the first run has too", "none")
    metric = first.metric
    examples = [first.by_key[key][0] for key in keys]
    labels = tuple(dict.fromkeys(label for side in sides for label in side.task.labels))
    task = Task(kind=first.task.kind, instruction="", labels=labels)
    answers = [_renamed(examples, side, keys) for side in sides]
    measured = {
        str(place): evaluation.measure(task, examples, given, [metric], **first.asked)
        for place, given in enumerate(answers)
    }
    found = [_versus(sides, place, measured, examples, answers) for place in range(len(sides))]
    left_out = {side.name: len(side.by_key) - len(keys) for side in sides}
    return Compared(metric.name, len(keys), left_out, found)


class _Side(NamedTuple):
    """A run; ``asked`` is the level of its intervals and the seed of their bootstrap."""

    name: str
    approach: str
    task: Task
    metric: evaluation.Metric
    asked: dict[str, Any]
    by_key: dict[Any, tuple[Example, Prediction]]


def _side(run: Path) -> _Side:
    folder, approach = run, None
    if not run.is_dir() and ":" in run.name:
        name, _, approach = run.name.rpartition(":")
        folder = run.with_name(name)
    check_run(folder)
    chosen = choose_approach(folder, approach)
    with reading(folder), writing(folder, remedy="copy it: this opens the test set, which is noted there"):
        dataset = load(folder)
        examples = dataset.open_test(by="comparison of runs")
        loaded = recipe_of(folder)
        answers = {p.id: p for p in read_predictions(folder / "approaches" / chosen / "predictions.parquet")}
        by_key: dict[Any, tuple[Example, Prediction]] = {}
        times: defaultdict[Any, int] = defaultdict(int)
        for example in examples:
            key = (example.input, example.target, tuple((turn.role, turn.content) for turn in example.history))
            times[key] += 1
            by_key[(*key, times[key])] = (example, answers[example.id])
    recipe = loaded.recipe
    metric = chosen_metrics(recipe, dataset.task, folder=loaded.folder)[0]
    asked = {"confidence": recipe.evaluate.confidence, "seed": recipe.seed}
    return _Side(str(run), chosen, dataset.task, metric, asked, by_key)


def _renamed(examples: Sequence[Example], side: _Side, keys: Sequence[Any]) -> list[Prediction]:
    """A run's answers under the names that the first run has for its examples."""
    given = [side.by_key[key][1] for key in keys]
    return [replace(answer, id=example.id) for example, answer in zip(examples, given, strict=True)]


def _versus(
    sides: Sequence[_Side],
    place: int,
    measured: dict[str, evaluation.Measured],
    examples: Sequence[Example],
    answers: Sequence[Sequence[Prediction]],
) -> Versus:
    side, metric = sides[place], sides[0].metric
    score = measured[str(place)].scores[metric.name]
    if place == 0:
        return Versus(side.name, side.approach, score, None, None, False, 0, 0, len(examples), [], [])
    first = measured["0"]
    pair = evaluation.compare_pair(measured[str(place)], first, metric.name, tests=len(sides) - 1, **sides[0].asked)
    gains = _gains(sides[0].task, examples, answers[0], answers[place], metric)
    worst_first = sorted((i for i, gain in enumerate(gains) if gain), key=lambda i: gains[i])
    changes = [
        Change(examples[i].id, examples[i].input, examples[i].target or "", answers[0][i].text, answers[place][i].text)
        for i in worst_first
    ]
    broken = sum(gain < 0 for gain in gains)
    return Versus(
        run=side.name,
        approach=side.approach,
        score=score,
        difference=pair.difference,
        p=pair.p,
        significant=pair.significant,
        fixed=len(changes) - broken,
        broken=broken,
        unchanged=len(gains) - len(changes),
        regressions=changes[:broken],
        improvements=changes[broken:][::-1],
    )


def _gains(
    task: Task,
    examples: Sequence[Example],
    before: Sequence[Prediction],
    after: Sequence[Prediction],
    metric: evaluation.Metric,
) -> list[float]:
    """By how much each example is answered better, by what judges single answers of the task, else by the metric."""
    judged_by = form_of(task.kind).item_metric
    single = evaluation.METRICS.get(judged_by) if judged_by else metric
    sign = 1 if single.better == "higher" else -1
    old, new = (
        single.value(evaluation.statistics_of(single, task, examples, given).statistics.astype(float))
        for given in (before, after)
    )
    return [sign * (b - a) if abs(b - a) > 1e-9 else 0.0 for a, b in zip(old.tolist(), new.tolist(), strict=True)]


def _refused(side: _Side, expected: str, got: str) -> UserError:
    remedy = "compare runs of one task on one test set"
    return UserError([Problem(where=side.name, expected=expected, got=got, remedy=remedy)])
