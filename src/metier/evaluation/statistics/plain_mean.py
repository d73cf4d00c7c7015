"""The mean of scores that did not come from targets and answers, with an interval that respects groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metier.core import Score
from metier.evaluation.statistics.bootstrap import resample
from metier.evaluation.statistics.clusters import clusters_of
from metier.evaluation.statistics.item_mean import TEXT_KINDS, item_mean


def mean_of(
    scores: NDArray[np.float64], groups: Sequence[str | None], *, confidence: float = 0.95, seed: int = 0
) -> Score:
    """The mean with its bootstrap interval (BCa), groups resampled whole.

    Args:
        scores: ``[N]``, 0 to 1, at least one.
        groups: the group of each, None where it stands alone.
        confidence: level of the interval.
        seed: the run's.

    >>> mean_of(np.array([0.0, 0.5, 1.0, 1.0]), [None] * 4).value
    0.625
    """
    metric = item_mean("mean", lambda target, answer: 0.0, kinds=TEXT_KINDS)
    statistics = np.column_stack([scores, np.ones_like(scores)])
    return resample(metric, statistics, clusters_of(groups), seed=seed).interval(confidence)
