"""Macro span F1: the mean of the types' span F1. Equal to seqeval's ``f1_score(average="macro")``."""

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Metric, ratio
from metier.evaluation.scoring.spans import SPAN_KINDS, by_type


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
    """``[N, 3 types]``: right, answered and wanted of each type that occurs."""
    columns = [np.array(items, dtype=np.float64) for items in by_type(targets, answers).values()]
    return np.hstack(columns) if columns else np.zeros((len(targets), 3))


def _value(sums: Floats) -> Floats:
    right, answered, wanted = np.moveaxis(sums.reshape(len(sums), -1, 3), 2, 0)
    occurs = (answered + wanted > 0).sum(axis=1).astype(np.float64)
    return ratio(ratio(2 * right, answered + wanted).sum(axis=1), occurs)


span_macro_f1 = Metric(name="span_macro_f1", kinds=SPAN_KINDS, statistics=_statistics, value=_value, form="spans")
"""Mean F1 of the types that occur."""
