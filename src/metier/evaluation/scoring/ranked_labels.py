"""Top-k accuracy: whether the right label is among the k most probable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Metric, Shares, first_by_second
from metier.evaluation.scoring.probabilities import actual, of_probabilities


def top_k(name: str, k: int) -> Metric:
    """The share of items with fewer than ``k`` labels ahead of the right one.

    Args:
        name: the metric's name.
        k: how many labels are looked at, at least 1.
    """

    def of_shares(targets: Sequence[str], shares: Shares, labels: Sequence[str]) -> Floats:
        truth = actual(targets, labels)
        own, place = (shares * truth).sum(axis=1, keepdims=True), truth.argmax(axis=1)
        equal_and_first = (shares == own) & (np.arange(len(labels)) < place[:, None])
        ahead = ((shares > own) | equal_and_first).sum(axis=1)
        # A label without any probability was not offered, however few others there are.
        hits = (ahead < k) & (truth.sum(axis=1) > 0) & (own[:, 0] > 0)
        return np.column_stack([hits, np.ones(len(targets))]).astype(np.float64)

    return of_probabilities(name, of_shares, value=first_by_second, proportion=True)
