"""What can no longer win is not built, where the time does not suffice for all.

The costly approaches are built on an eighth of the rows first, with the cheap ones as yardsticks, and answer validation
rows that none of them has seen. Where all of them would take longer than is left, those are left out that would stay
behind the best of these heats even if their error fell with the square root of the rows: faster than learning curves
have been seen to fall (Hestness et al. 2017, arXiv 1712.00409, report exponents of 0.07 to 0.35).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from metier import data, evaluation
from metier.comparison.answers import read_asked, read_predictions
from metier.comparison.working.curves import Point, unseen
from metier.comparison.working.job import Job
from metier.comparison.working.worker import Outcome
from metier.core import Reporter, Score, say, warn
from metier.core.artifacts import read_json
from metier.core.said import Said

YARDSTICKS = ("tfidf", "nearest", "encoder-head")
"""Cheap approaches that take part in the heats, where they are in the run."""
SHARE = 8
"""A heat has one of so many rows."""
_LEAST_ROWS = 50
_LEAST_ASKED = 40
_POWER = 0.5
"""How fast an error may fall at most."""


class Heat(NamedTuple):
    """How an approach did on a ``share`` of the rows: its score on validation, and the seconds that took."""

    score: Score
    seconds: float
    share: float


def point_of(dataset: data.Dataset) -> Point | None:
    """The part that heats are held on; None where there are too few rows to tell anything by."""
    rows = max(_LEAST_ROWS, 2 * len(dataset.task.labels), len(dataset.train) // SHARE)
    point = Point(rows, 0)
    enough = 2 * rows <= len(dataset.train) and len(unseen(dataset, point, 0)) >= _LEAST_ASKED
    return point if enough else None


def hold(
    names: Sequence[str],
    dataset: data.Dataset,
    metric: evaluation.Metric,
    *,
    job_of: Callable[[str, Point], Job],
    do: Callable[[Job], Outcome],
    reporter: Reporter,
) -> dict[str, Heat]:
    """Hold the heats; one that fails, or comes too late, has none.

    Args:
        names: of the approaches.
        dataset: the run's.
        metric: what they are measured by.
        job_of: the work on a heat.
        do: does it.
        reporter: told of it.
    """
    point = point_of(dataset)
    if point is None:
        return {}
    say(reporter, f"heats on {point.rows} of {len(dataset.train)} rows: {', '.join(names)}")
    heats: dict[str, Heat] = {}
    for name in names:
        job = job_of(name, point)
        outcome = do(job)
        if outcome.status != "done":
            warn(reporter, f"{name} in the heats: {outcome.why}")
            continue
        path = job.folder / "predictions.parquet"
        answers = read_asked(path), read_predictions(path)
        measured = evaluation.measure(dataset.task, *answers, [metric], seed=job.loaded.recipe.seed)
        if metric.name in measured.scores:
            seconds = read_json(job.folder / "seconds.json")["seconds"]
            heats[name] = Heat(measured.scores[metric.name], seconds, point.rows / len(dataset.train))
    return heats


def beaten(
    heats: Mapping[str, Heat],
    costly: Sequence[str],
    metric: evaluation.Metric,
    *,
    left: float,
) -> dict[str, str]:
    """Costly approaches that can no longer win, each with the reason; none where the time suffices for all.

    Args:
        heats: how every approach did that was tried.
        costly: those that have not been built yet.
        metric: what they were measured by.
        left: seconds that are left.
    """
    needed = sum(heats[name].seconds / heats[name].share for name in costly if name in heats)
    sign = 1 if metric.better == "higher" else -1
    perfect = metric.range[1] if sign == 1 else -metric.range[0]
    if needed <= left or not isfinite(perfect):
        return {}

    def ends(score: Score) -> list[float]:
        return sorted((sign * score.low, sign * score.high))

    best = max(heats, key=lambda name: ends(heats[name].score)[0])
    mark = ends(heats[best].score)[0]
    found: dict[str, str] = {}
    for name in costly:
        if name == best or name not in heats:
            continue
        share = heats[name].share
        hoped = perfect - (perfect - ends(heats[name].score)[1]) * share**_POWER
        if hoped < mark:
            found[name] = Said(
                "stopped early, as the time does not suffice for all: on %(share)s of the rows it had %(value)s on "
                "validation, %(best)s %(mark)s, and more rows would hardly bring it above %(hoped)s",
                share=f"{share:.0%}",
                value=f"{heats[name].score.value:.3f}",
                best=best,
                mark=f"{heats[best].score.value:.3f}",
                hoped=f"{sign * hoped:.3f}",
            )
    return found
