"""How many items a classifier can be left alone with, if its answers must be right so often.

Selective prediction (Geifman and El-Yaniv 2017): answer where the probability of the answer is above a threshold, hand
the rest to a person. The threshold is set on the same items, so the figure is a little kinder than a fresh sample's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Metric, Shares, Statistics, ratio
from metier.evaluation.scoring.calibration import confident
from metier.evaluation.scoring.probabilities import of_probabilities


def coverage_at(name: str, accuracy: float) -> Metric:
    """The largest share of items, the most confident first, of which the share ``accuracy`` is right; 0 if none.

    Args:
        name: the metric's name.
        accuracy: what the answered items must reach, 0 to 1.
    """

    def of_shares(targets: Sequence[str], shares: Shares, labels: Sequence[str]) -> Floats:
        return np.column_stack(confident(targets, shares, labels))

    def weighted(statistics: Statistics, weights: Floats) -> Floats:
        confidence, right = statistics.T
        order = np.argsort(-confidence, kind="stable")
        starts = np.flatnonzero(np.diff(-confidence[order], prepend=-2.0))  # equals are answered together or not at all
        answered = np.cumsum(np.add.reduceat(weights[:, order], starts, axis=1), axis=1)
        hits = np.cumsum(np.add.reduceat(weights[:, order] * right[order], starts, axis=1), axis=1)
        enough = ratio(hits, answered) >= accuracy - 1e-12
        total = weights.sum(axis=1)
        return ratio(np.where(enough, answered, 0.0).max(axis=1), total)

    return of_probabilities(name, of_shares, weighted=weighted)
