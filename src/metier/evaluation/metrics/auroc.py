"""AUROC: how often an item of a class gets a higher probability for it than an item of another class; ties count half.

The mean over the classes, each against all others: scikit-learn's ``roc_auc_score(multi_class="ovr")``, and for two
labels the usual area under the curve. Classes that have no items, or all of them, are left out.

Shapes: ``N`` items, ``K`` labels, ``B`` weightings.
"""

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Shares, Statistics, ratio
from metier.evaluation.scoring.probabilities import actual, of_probabilities


def _of_shares(targets: Sequence[str], shares: Shares, labels: Sequence[str]) -> Floats:
    """``[N, 2K]``: the probabilities and the truth."""
    return np.hstack([shares, actual(targets, labels)])


def _weighted(statistics: Statistics, weights: Floats) -> Floats:
    shares, truth = np.split(statistics, 2, axis=1)
    areas, counted = np.zeros(len(weights)), np.zeros(len(weights))
    for share, is_class in zip(shares.T, truth.T, strict=True):
        if not is_class.any():
            continue
        order = np.argsort(share, kind="stable")
        starts = np.flatnonzero(np.diff(share[order], prepend=-1.0))
        inside = np.add.reduceat(weights[:, order] * is_class[order], starts, axis=1)
        outside = np.add.reduceat(weights[:, order] * (1 - is_class[order]), starts, axis=1)
        below = np.cumsum(outside, axis=1) - 0.5 * outside
        pairs = inside.sum(axis=1) * outside.sum(axis=1)
        areas += ratio((inside * below).sum(axis=1), pairs)
        counted += pairs > 0
    return np.where(counted > 0, ratio(areas, counted), 0.5)


auroc = of_probabilities("auroc", _of_shares, weighted=_weighted, chance=0.5)
"""Mean area under the curve of the classes, 0 to 1."""
