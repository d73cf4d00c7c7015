"""The bootstrap of any metric as a matrix product (Efron 1979).

A resample draws as many units as there are, with replacement; how often each was drawn is a row of weights, and
``weights @ statistics`` are the sums that the metric turns into values. The weights depend on nothing but the seed and
the number of units, so that two approaches, and two metrics, see the same resamples: differences are paired.

Shapes: ``U`` units (items, or clusters of them), ``S`` statistics, ``B`` resamples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metier.core import Score, derive
from metier.evaluation.metric import Floats, Metric, Statistics
from metier.evaluation.statistics.bca import bca_interval
from metier.evaluation.statistics.clusters import Clusters, num_clusters, sum_by_cluster

RESAMPLES = 2000
"""Enough that the ends of a 95% interval hardly move with the seed."""
_WEIGHTS = 1 << 25
"""Weights held at once, one byte each; many, since every batch of them goes over all statistics again."""
_ROWS = 4096
"""Units, and at most half as many resamples, that are multiplied as float64 at once: 64 MB."""
_DRAWS = 1 << 18
"""Draws made at once, 8 bytes each."""
_WEIGHTED = 1 << 21
"""Weights that a metric of an order is given at once: it makes a few float64 copies of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resamples:
    """What the bootstrap knows about a value, or about the difference of two.

    Attributes:
        value: on all units.
        replicates: ``[B]``, on each resample.
        left_out: ``[U]``, with each unit left out (the jackknife).
        bounds: lowest and highest possible value.
    """

    value: float
    replicates: Floats
    left_out: Floats
    bounds: tuple[float, float]

    def minus(self, other: Resamples) -> Resamples:
        """The paired difference; both come from the same seed and the same units."""
        return Resamples(
            value=self.value - other.value,
            replicates=self.replicates - other.replicates,
            left_out=self.left_out - other.left_out,
            bounds=(self.bounds[0] - other.bounds[1], self.bounds[1] - other.bounds[0]),
        )

    def interval(self, confidence: float) -> Score:
        """The value with its BCa interval; see :func:`metier.evaluation.statistics.bca.bca_interval`."""
        return bca_interval(self.value, self.replicates, self.left_out, bounds=self.bounds, confidence=confidence)

    def p_value(self) -> float:
        """Two-sided p that the true value is 0, never 0 itself.

        The replicates, moved so that their mean is 0, stand for the null; p is the share of them at least as far out
        as the value, counting the value itself (Davison and Hinkley 1997, section 4.2). A few units cannot prove much:
        ``U`` of them lie on one side by chance with probability ``2^(1-U)``, and p is never below that.
        """
        distance = np.abs(self.replicates - self.replicates.mean())
        # The margin keeps rounding from deciding ties, which are common where items score 0 or 1.
        as_far = int((distance >= abs(self.value) - 1e-12).sum())
        return max((1 + as_far) / (1 + len(distance)), 2.0 ** (1 - len(self.left_out)))


def resample(
    metric: Metric,
    statistics: Statistics,
    clusters: Clusters | None = None,
    *,
    seed: int,
    num_resamples: int = RESAMPLES,
) -> Resamples:
    """Bootstrap and jackknife ``metric``.

    Memory stays below about 150 MB beside ``statistics`` however many items there are.

    Args:
        metric: gives the value of a sum, or of weighted items.
        statistics: ``[N, S]``, its statistics by item, at least one.
        clusters: ``[N]``; None: each item is a unit.
        seed: the run's; equal seeds and ``U`` give equal resamples.
        num_resamples: ``B``.
    """
    if metric.weighted is not None:
        return _resample_items(metric, statistics, clusters, seed=seed, num_resamples=num_resamples)
    units = sum_by_cluster(statistics, clusters)
    total = units.sum(axis=0, dtype=np.float64)
    replicates = [metric.value(_sums(weights, units)) for weights in draw_weights(len(units), seed, num_resamples)]
    left_out = [metric.value(total - block) for _, block in _blocks(units)]
    return Resamples(
        value=float(metric.value(total[None])[0]),
        replicates=np.concatenate(replicates),
        left_out=np.concatenate(left_out),
        bounds=metric.range,
    )


def _resample_items(
    metric: Metric, statistics: Statistics, clusters: Clusters | None, *, seed: int, num_resamples: int
) -> Resamples:
    """The same for a metric of an order; leaving each unit out would cost too much.

    Its intervals therefore correct for bias and not for acceleration.
    """
    num_units = num_clusters(clusters, len(statistics))
    step = max(1, _WEIGHTED // len(statistics))
    replicates: list[Floats] = []
    for weights in draw_weights(num_units, seed, num_resamples):
        for start in range(0, len(weights), step):
            block = weights[start : start + step].astype(np.float64)
            replicates.append(metric.values(statistics, block if clusters is None else block[:, clusters]))
    value = float(metric.values(statistics, np.ones((1, len(statistics))))[0])
    return Resamples(
        value=value, replicates=np.concatenate(replicates), left_out=np.full(num_units, value), bounds=metric.range
    )


def draw_weights(num_units: int, seed: int, num_resamples: int) -> Iterator[NDArray[np.uint8]]:
    """``[b, U]`` at a time: how often each unit is drawn; each row is multinomial and sums to ``U``."""
    rng = np.random.default_rng(derive(seed, "evaluation", "bootstrap"))
    most = max(1, min(_WEIGHTS // num_units, _ROWS // 2))
    for start in range(0, num_resamples, most):
        # A byte is enough: no unit is drawn more than U times, nor, among many, anything like 255 times.
        weights = np.empty((min(most, num_resamples - start), num_units), dtype=np.uint8)
        step = max(1, _DRAWS // num_units)
        for first in range(0, len(weights), step):
            rows = weights[first : first + step]
            drawn = rng.integers(num_units, size=rows.shape) + num_units * np.arange(len(rows))[:, None]
            rows[:] = np.bincount(drawn.ravel(), minlength=rows.size).reshape(rows.shape)
        yield weights


def _sums(weights: NDArray[np.uint8], units: Statistics) -> Floats:
    """``weights @ units``, block by block, since neither would fit into memory as float64."""
    total = np.zeros((len(weights), units.shape[1]))
    for start, block in _blocks(units):
        total += weights[:, start : start + len(block)].astype(np.float64) @ block
    return total


def _blocks(units: Statistics) -> Iterator[tuple[int, Floats]]:
    for start in range(0, len(units), _ROWS):
        yield start, units[start : start + _ROWS].astype(np.float64)
