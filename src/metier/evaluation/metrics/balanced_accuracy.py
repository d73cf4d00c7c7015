"""Balanced accuracy: the mean of the classes' recall; half for a coin on two classes, however uneven they are.

Equal to scikit-learn's ``balanced_accuracy_score``: classes without items are left out of the mean.
"""

import numpy as np

from metier.evaluation.metric import Floats, Metric, ratio
from metier.evaluation.scoring.counted import by_label, counts_of


def _value(sums: Floats) -> Floats:
    right, _, actual = counts_of(sums)
    return ratio(ratio(right, actual).sum(axis=1), (actual > 0).sum(axis=1).astype(np.float64))


balanced_accuracy = Metric(name="balanced_accuracy", kinds=("classify",), statistics=by_label, value=_value)
"""Mean recall of the classes."""
