"""One approach's answers, scored by every metric with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metier.core import Example, Prediction, RecipeError, Score, Task
from metier.evaluation.catalogue import check_metrics, metric_of
from metier.evaluation.metric import Metric, Shares, Statistics
from metier.evaluation.scoring.probabilities import shares_of
from metier.evaluation.statistics.bootstrap import resample
from metier.evaluation.statistics.clusters import Clusters, clusters_of
from metier.evaluation.statistics.pairing import Pairs, pair
from metier.evaluation.statistics.proportions import wilson


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What was measured of one approach, and what comparing it with another takes.

    Attributes:
        scores: value and interval by metric.
        ids: the examples measured on, in order.
        statistics: ``[N, S]`` by metric; see :class:`metier.evaluation.Metric`.
        metrics: the metrics themselves, by name.
        clusters: ``[N]``, the cluster of each example; None where all are independent.
    """

    scores: Mapping[str, Score]
    ids: tuple[str, ...]
    statistics: Mapping[str, Statistics]
    clusters: Clusters | None
    metrics: Mapping[str, Metric]


def measure(
    task: Task,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    metrics: Sequence[str | Metric],
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Measured:
    """Score predictions.

    Shares of independent items get Wilson's interval, everything else the BCa bootstrap; where examples have groups,
    whole groups are resampled. A metric of probabilities is left out where predictions have none; if it is the first
    one, by which approaches are compared, their answers count as certain. A metric that a model is asked for is left
    out where predictions have no grades of it.

    Args:
        task: its kind and labels.
        examples: at least one, each with a target (``continue``: predictions with bits).
        predictions: one for each example, in any order. An answer outside the label set is simply wrong.
        metrics: metrics that fit the task, by name or as they are; the first is the primary one.
        confidence: level of the intervals, 0 to 1.
        seed: the run's; equal inputs and seeds give equal results.

    Raises:
        IntegrityError: examples and predictions do not belong together one to one.
        RecipeError: a metric does not exist, or not for this kind of task.

    >>> task = Task(kind="classify", instruction="Spam?", labels=("no", "yes"))
    >>> examples = [Example(id=str(i), input="", target="yes" if i % 2 else "no") for i in range(50)]
    >>> predictions = [Prediction(id=str(i), text="no" if i < 20 else examples[i].target) for i in range(50)]
    >>> measure(task, examples, predictions, ["accuracy"]).scores["accuracy"]
    Score(value=0.8, low=0.6696..., high=0.8875...)
    """
    if problems := check_metrics([one for one in metrics if isinstance(one, str)], task.kind, some=True):
        raise RecipeError(problems)
    pairs = pair(examples, predictions)
    clusters, shares = clusters_of(pairs.groups), shares_of(pairs.scores, task.labels)
    chosen = [metric_of(one) for one in metrics]
    usable = {one.name: one for one in chosen if one.of_shares is None or shares is not None or one is chosen[0]}
    usable = {
        name: one for name, one in usable.items() if one.of_grades is None or any(name in g for g in pairs.grades)
    }
    statistics = {name: _statistics(one, pairs, shares, task.labels) for name, one in usable.items()}
    scores = {
        name: _score(one, statistics[name], clusters, confidence=confidence, seed=seed) for name, one in usable.items()
    }
    return Measured(scores=scores, ids=pairs.ids, statistics=statistics, clusters=clusters, metrics=usable)


class ItemStatistics(NamedTuple):
    """A metric's statistics ``[N, S]`` of single items, and their clusters ``[N]`` (None: all independent)."""

    statistics: Statistics
    clusters: Clusters | None


def statistics_of(
    metric: Metric, task: Task, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> ItemStatistics:
    """What :func:`measure` works out before any interval.

    Raises:
        IntegrityError: examples and predictions do not belong together one to one.
    """
    pairs = pair(examples, predictions)
    shares = shares_of(pairs.scores, task.labels)
    return ItemStatistics(_statistics(metric, pairs, shares, task.labels), clusters_of(pairs.groups))


def _statistics(metric: Metric, pairs: Pairs, shares: Shares | None, labels: Sequence[str]) -> Statistics:
    if metric.of_grades is not None:
        return metric.of_grades(np.array([grades.get(metric.name, np.nan) for grades in pairs.grades]))
    bits = [each for each in pairs.bits if each is not None]
    if metric.of_bits is not None and len(bits) == len(pairs.ids):
        return metric.of_bits(np.array(bits), np.array(pairs.bytes, dtype=np.float64))
    if metric.of_shares is None or shares is None:
        return metric.statistics(pairs.targets, pairs.answers, labels)
    return metric.of_shares(pairs.targets, shares, labels)


def _score(metric: Metric, statistics: Statistics, clusters: Clusters | None, *, confidence: float, seed: int) -> Score:
    if metric.proportion and clusters is None:
        return wilson(float(statistics[:, 0].sum()), len(statistics), confidence)
    return resample(metric, statistics, clusters, seed=seed).interval(confidence)
