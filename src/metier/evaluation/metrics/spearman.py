"""Spearman's rank correlation: whether answers put the items in the right order, whatever the numbers.

Equal to scipy's ``spearmanr``; equal numbers share their mean rank. 0 where targets or answers do not vary.

Shapes: ``N`` items, ``B`` weightings.
"""

from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from metier.evaluation.metric import Floats, Metric, Statistics
from metier.evaluation.scoring.quantities import correlation, read_numbers


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
    """``[N, 2]``: both numbers above their least ones."""
    return np.column_stack([part - part.min(initial=np.inf) for part in read_numbers(targets, answers)])


def _ranks(values: Floats, weights: Floats) -> Floats:
    """``[B, N]``: mean rank of each item where it stands there as often as its weight says, from the middle rank."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=-1.0))
    sizes = np.add.reduceat(weights[:, order], starts, axis=1)
    middles = np.cumsum(sizes, axis=1) - sizes / 2
    ranks = np.empty_like(weights)
    ranks[:, order] = np.repeat(middles, np.diff(starts, append=len(values)), axis=1)
    return ranks - weights.sum(axis=1, keepdims=True) / 2


def _weighted(statistics: Statistics, weights: Floats) -> Floats:
    x, y = (_ranks(column.astype(np.float64), weights) for column in statistics.T)
    return correlation((weights * x * x).sum(axis=1), (weights * y * y).sum(axis=1), (weights * x * y).sum(axis=1))


def _no_sums(sums: Floats) -> NoReturn:
    raise TypeError("ranks are no function of sums; use Metric.values")


spearman = Metric(
    name="spearman",
    kinds=("regress",),
    statistics=_statistics,
    value=_no_sums,
    weighted=_weighted,
    range=(-1.0, 1.0),
    chance=0.0,
    form="number",
)
"""-1 to 1."""
