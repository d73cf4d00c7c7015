"""Macro-F1: the mean of the classes' F1, so that a rare class counts as much as a common one.

Equal to scikit-learn's ``f1_score(average="macro", zero_division=0)``: F1 of class ``k`` is
``2 tp_k / (answered_k + actual_k)``, averaged over the classes that occur among targets or answers. A bootstrap
resample is treated the same way, so a class that it happens to leave out is left out of its mean; counting it as 0
would draw every interval down.
"""

import numpy as np

from metier.evaluation.metric import Floats, Metric, ratio
from metier.evaluation.scoring.counted import by_label, counts_of


def _value(sums: Floats) -> Floats:
    right, answered, actual = counts_of(sums)
    occurs = answered + actual > 0
    return ratio(ratio(2 * right, answered + actual).sum(axis=1), occurs.sum(axis=1).astype(np.float64))


macro_f1 = Metric(name="macro_f1", kinds=("classify",), statistics=by_label, value=_value)
"""Mean F1 of the classes."""
