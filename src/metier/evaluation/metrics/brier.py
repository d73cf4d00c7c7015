"""Brier score: half the squared distance of the probabilities from the truth (Brier 1950); lower is better.

Rewards being right and being honest about how sure one is. Halved, so that it runs from 0 to 1 and is, with two labels,
the squared error of one probability: scikit-learn's ``brier_score_loss(scale_by_half=True)``.
"""

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Shares, first_by_second
from metier.evaluation.scoring.probabilities import actual, of_probabilities


def _of_shares(targets: Sequence[str], shares: Shares, labels: Sequence[str]) -> Floats:
    distance = 0.5 * ((shares - actual(targets, labels)) ** 2).sum(axis=1)
    return np.column_stack([distance, np.ones(len(distance))])


brier = of_probabilities("brier", _of_shares, value=first_by_second, better="lower")
"""Mean over the items, 0 to 1."""
