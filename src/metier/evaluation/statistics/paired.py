"""Two approaches on the same items: their difference, how sure it is, and whether it could be chance.

Where every item is right or wrong and items are independent, the methods are exact or nearly so (McNemar, Newcombe);
otherwise they come from the paired bootstrap, by clusters where there are any.
"""

from __future__ import annotations

import numpy as np

from metier.core import Score
from metier.evaluation.metric import Metric, Statistics
from metier.evaluation.statistics.bootstrap import RESAMPLES, Resamples, resample
from metier.evaluation.statistics.clusters import Clusters
from metier.evaluation.statistics.proportions import Hits, mcnemar, newcombe

Side = Hits | Resamples
"""One approach's part in a comparison: whether each item is right, or where that is not all, its bootstrap. Both sides
are of one kind, and come from the same items, metric and seed."""


def side_of(
    metric: Metric, statistics: Statistics, clusters: Clusters | None, *, seed: int, num_resamples: int = RESAMPLES
) -> Side:
    """Prepare an approach for comparison.

    Args:
        metric: the metric compared by.
        statistics: ``[N, S]``, the metric's statistics by item.
        clusters: ``[N]``; None: each item is a unit.
        seed: the run's.
        num_resamples: number of bootstrap resamples, where they are needed.
    """
    if metric.proportion and clusters is None:
        return statistics[:, 0] > 0.5
    return resample(metric, statistics, clusters, seed=seed, num_resamples=num_resamples)


def value_of(side: Side) -> float:
    """The metric's value."""
    return side.value if isinstance(side, Resamples) else float(side.mean())


def num_units(side: Side) -> int:
    """How many independent items or clusters of items there are."""
    return len(side.left_out) if isinstance(side, Resamples) else len(side)


def difference(first: Side, second: Side, confidence: float) -> Score:
    """First less second, with an interval: Newcombe's where items are right or wrong, else BCa."""
    if isinstance(first, Resamples) or isinstance(second, Resamples):
        return _difference(first, second).interval(confidence)
    return newcombe(first, second, confidence)


def p_value(first: Side, second: Side) -> float:
    """Two-sided p that both are equally good: exact McNemar where items are right or wrong, else the bootstrap's."""
    if isinstance(first, Resamples) or isinstance(second, Resamples):
        return _difference(first, second).p_value()
    return mcnemar(first, second)


def disagreement(first: Side, second: Side) -> float:
    """The ψ of :func:`metier.evaluation.resolvable_gap`: how much two approaches differ from unit to unit.

    The share of items on which just one of them is right, or for other metrics the bootstrap's variance of the
    difference times the number of units, which for a mean is the variance of a unit's difference.
    """
    if isinstance(first, Resamples) or isinstance(second, Resamples):
        return float(np.var(_difference(first, second).replicates)) * num_units(first)
    return float((first != second).mean())


def _difference(first: Side, second: Side) -> Resamples:
    assert isinstance(first, Resamples)
    assert isinstance(second, Resamples)
    return first.minus(second)
