"""Weighted F1: the mean of the classes' F1, each weighing as many items as it has.

Equal to scikit-learn's ``f1_score(average="weighted", zero_division=0)``.
"""

from metier.evaluation.metric import Floats, Metric, ratio
from metier.evaluation.scoring.counted import by_label, counts_of


def _value(sums: Floats) -> Floats:
    right, answered, actual = counts_of(sums)
    return ratio((actual * ratio(2 * right, answered + actual)).sum(axis=1), actual.sum(axis=1))


weighted_f1 = Metric(name="weighted_f1", kinds=("classify",), statistics=by_label, value=_value)
"""Mean F1 of the classes by their share of the items."""
