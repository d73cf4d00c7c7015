"""Expected calibration error: how far stated confidence and share of right answers lie apart (Guo et al. 2017).

Items fall into ten bins of equal width by the probability of their answer; the figure is the mean distance of
confidence and accuracy, weighted by the bins' sizes. A perfectly calibrated classifier does not read 0 on a finite
test set: the report has the figure that it would read (:func:`metier.evaluation.reliability`).
"""

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Shares, ratio
from metier.evaluation.scoring.calibration import NUM_BINS, bin_of, confident
from metier.evaluation.scoring.probabilities import of_probabilities


def _of_shares(targets: Sequence[str], shares: Shares, labels: Sequence[str]) -> Floats:
    """``[N, 3 bins]``: of the bin that the item fell into 1, its confidence and whether it is right."""
    confidence, right = confident(targets, shares, labels)
    rows = np.zeros((len(targets), 3, NUM_BINS))
    rows[np.arange(len(targets)), :, bin_of(confidence)] = np.column_stack([np.ones(len(targets)), confidence, right])
    return rows.reshape(len(targets), -1)


def _value(sums: Floats) -> Floats:
    count, confidence, right = np.moveaxis(sums.reshape(-1, 3, NUM_BINS), 1, 0)
    return ratio(np.abs(confidence - right).sum(axis=1), count.sum(axis=1))


ece = of_probabilities("ece", _of_shares, value=_value, better="lower")
"""Weighted distance of confidence and accuracy, 0 to 1."""
