"""Learning curves: chosen approaches built on nested parts of the training rows, with several seeds each.

A point is built and answers the test set like any approach, and leaves its answers alone; nothing is chosen by it.
Validation is thinned with the training rows, since some approaches learn from it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from metier import data, evaluation
from metier.comparison.settings.curve_settings import CurveSettings
from metier.core import Example, Task, derive
from metier.core.artifacts import plain, write_json

LEAST_ROWS = 20
"""Of the smallest part that is taken by default; at least two for each label."""
_MOST_SIZES = 6
_MOST_ASKED = 200


class Point(NamedTuple):
    """One build of a curve: so many training rows, taken and trained by this seed."""

    rows: int
    seed: int


def points_of(settings: CurveSettings, dataset: data.Dataset) -> list[Point]:
    """Every build of a curve, the cheap ones first; sizes that the data does not have are left out."""
    sizes = _sizes(settings, len(dataset.train), len(dataset.task.labels))
    return [Point(rows, seed) for rows in sizes for seed in range(settings.seeds)]


def count_of_points(settings: CurveSettings, *, rows: int, labels: int) -> int:
    """How many builds a curve takes with so many training rows and labels."""
    return settings.seeds * len(_sizes(settings, rows, labels))


def _sizes(settings: CurveSettings, whole: int, labels: int) -> list[int]:
    sizes = settings.sizes or _halved(whole, max(LEAST_ROWS, 2 * labels))
    return [rows for rows in sorted({*sizes}) if rows <= whole]


def part_of(dataset: data.Dataset, point: Point, seed: int) -> data.Dataset:
    """The data set with so many training rows and as large a share of validation.

    Parts of one seed are nested: each holds all smaller ones. Of labels, every part has the shares of the whole.
    """
    share = point.rows / len(dataset.train)
    least = min(len(dataset.validation), max(10, len(dataset.task.labels)))
    kept = max(least, round(share * len(dataset.validation)))
    return replace(
        dataset,
        train=_first(dataset.train, point.rows, derive(seed, "curve", point.seed, "train")),
        validation=_first(dataset.validation, kept, derive(seed, "curve", point.seed, "validation")),
        undesirable=dataset.undesirable[: round(share * len(dataset.undesirable))],
    )


def seed_of(point: Point, seed: int) -> int:
    """What everything random in building a point follows from."""
    return derive(seed, "curve", point.seed) % 2**31


def folder_of(run: Path, name: str, point: Point) -> Path:
    """Where a point leaves its answers."""
    return run / "curves" / name / f"{point.rows}-{point.seed}"


def folder_of_heat(run: Path, name: str, point: Point) -> Path:
    """Where a heat, a point that is asked validation rows, leaves its answers."""
    return run / "heats" / name / f"{point.rows}-{point.seed}"


def unseen(dataset: data.Dataset, point: Point, seed: int) -> tuple[Example, ...]:
    """The validation rows that a point's build does not see, 200 at most."""
    seen = {example.id for example in part_of(dataset, point, seed).validation}
    return tuple(example for example in dataset.validation if example.id not in seen)[:_MOST_ASKED]


class Answers(NamedTuple):
    """What a point answered: on which examples, and what."""

    examples: list[Example]
    predictions: list[Any]


def write_curves(
    run: Path,
    answered: dict[str, dict[Point, Answers]],
    task: Task,
    metric: evaluation.Metric,
    *,
    confidence: float,
    seed: int,
) -> list[dict[str, Any]]:
    """Work the curves out and write ``curves.json``.

    Args:
        run: the run's folder.
        answered: what was answered, by approach and point; sizes that miss a seed are left out.
        task: what was asked.
        metric: what is measured.
        confidence: of the intervals.
        seed: the run's.

    Returns:
        the curves, as they are written.
    """
    curves: list[dict[str, Any]] = []
    size = 0
    for name, points in answered.items():
        measured = {
            point: evaluation.statistics_of(metric, task, answers.examples, answers.predictions)
            for point, answers in points.items()
        }
        seeds = Counter(point.rows for point in measured)
        full = {rows for rows, count in seeds.items() if count == max(seeds.values()) and count > 1}
        if not full:
            continue
        by_rows = {rows: [one.statistics for p, one in measured.items() if p.rows == rows] for rows in sorted(full)}
        clusters = next(iter(measured.values())).clusters
        size = len(by_rows[min(full)][0])
        curve = evaluation.learning_curve(metric, by_rows, clusters, confidence=confidence, seed=seed)
        curves.append({"approach": name, **plain(curve)})
    write_json(run / "curves.json", {"metric": metric.name, "test_size": size, "curves": curves})
    return curves


def note_outlook(run: Path, board: dict[str, Any], curves: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Add to the leaderboard, as ``more_labels``, what the curves say of labelling more: ``approach`` and ``verdict``.

    Of the recommended approach alone, where it has a curve.
    """
    mine = [curve for curve in curves if curve["approach"] == board["recommended"]] or curves
    noted = board | {"more_labels": [{key: curve[key] for key in ("approach", "verdict")} for curve in mine]}
    write_json(run / "leaderboard.json", noted)
    return noted


def _halved(whole: int, least: int) -> list[int]:
    sizes = [whole]
    while len(sizes) < _MOST_SIZES and sizes[-1] // 2 >= least:
        sizes.append(sizes[-1] // 2)
    return sizes


def _first(examples: Sequence[Example], count: int, seed: int) -> tuple[Example, ...]:
    """``count`` examples, drawn so that every beginning of the draw has the labels' shares; in their old order."""
    order = list(range(len(examples)))
    Random(seed).shuffle(order)
    whole = Counter(example.target for example in examples) if _few_targets(examples) else Counter[str | None]()
    seen: Counter[str | None] = Counter()
    places: dict[int, float] = {}
    for rank, index in enumerate(order):
        target = examples[index].target
        # The j-th of n examples of a label stands at (j + 1/2) / n of the way.
        places[index] = (seen[target] + 0.5) / whole[target] if whole else rank
        seen[target] += 1
    chosen = sorted(sorted(order, key=lambda index: places[index])[:count])
    return tuple(examples[index] for index in chosen)


def _few_targets(examples: Sequence[Example]) -> bool:
    """Whether targets are labels, of which each stands for several examples."""
    return 2 * len({example.target for example in examples}) <= len(examples)
