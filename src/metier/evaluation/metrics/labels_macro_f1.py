"""Macro-F1 of sets of labels: the mean of the labels' F1, so that a rare label counts as much as a common one.

Equal to scikit-learn's ``f1_score(average="macro")`` on the indicator matrix, over the labels that occur among targets
or answers; 1 where none does.
"""

import numpy as np

from metier.evaluation.metric import Floats, Metric, ratio
from metier.evaluation.scoring.counted import counts_of
from metier.evaluation.scoring.label_sets import by_labels


def _value(sums: Floats) -> Floats:
    right, answered, wanted = counts_of(sums)
    occurs = (answered + wanted > 0).sum(axis=1).astype(np.float64)
    return np.where(occurs > 0, ratio(ratio(2 * right, answered + wanted).sum(axis=1), occurs), 1.0)


labels_macro_f1 = Metric(
    name="labels_macro_f1", kinds=("multilabel",), statistics=by_labels, value=_value, form="labels"
)
"""Mean F1 of the labels that occur."""
