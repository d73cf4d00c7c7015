"""Matthews' correlation coefficient for any number of classes (Gorodkin 2004): 1 all right, 0 no better than chance.

Equal to scikit-learn's ``matthews_corrcoef``; 0 where only one class was answered, or only one occurs.
"""

import numpy as np

from metier.evaluation.metric import Floats, Metric, ratio
from metier.evaluation.scoring.counted import by_label, counts_of


def _value(sums: Floats) -> Floats:
    right, answered, actual = counts_of(sums)
    n = actual.sum(axis=1)
    together = right.sum(axis=1) * n - (answered * actual).sum(axis=1)
    spreads = (n**2 - (answered**2).sum(axis=1)) * (n**2 - (actual**2).sum(axis=1))
    return np.clip(ratio(together, np.sqrt(spreads)), -1.0, 1.0)


mcc = Metric(name="mcc", kinds=("classify",), statistics=by_label, value=_value, range=(-1.0, 1.0), chance=0.0)
"""Correlation of answers and targets, -1 to 1."""
