"""Micro-F1 of sets of labels: F1 over the decisions on all labels together.

Equal to scikit-learn's ``f1_score(average="micro", zero_division=1)`` on the indicator matrix.
"""

import numpy as np

from metier.evaluation.metric import Floats, Metric, ratio
from metier.evaluation.scoring.counted import counts_of
from metier.evaluation.scoring.label_sets import by_labels


def _value(sums: Floats) -> Floats:
    right, answered, wanted = (part.sum(axis=1) for part in counts_of(sums))
    return np.where(answered + wanted > 0, ratio(2 * right, answered + wanted), 1.0)


labels_micro_f1 = Metric(
    name="labels_micro_f1", kinds=("multilabel",), statistics=by_labels, value=_value, form="labels"
)
"""F1 pooled over labels; 1 where nothing is wanted and nothing answered."""
