"""Pearson's correlation of answers with right numbers: whether they rise together, whatever their scale and offset.

Equal to scipy's ``pearsonr``; 0 where targets or answers do not vary.
"""

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Metric, ratio
from metier.evaluation.scoring.quantities import correlation, read_numbers, spread


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
    """``[N, 6]``: both numbers above their least ones, their squares, their product, 1."""
    x, y = (part - part.min(initial=np.inf) for part in read_numbers(targets, answers))
    return np.column_stack([x, y, x * x, y * y, x * y, np.ones(len(x))])


def _value(sums: Floats) -> Floats:
    x, y, xx, yy, xy, count = sums.T
    return correlation(spread(x, xx, count), spread(y, yy, count), xy - ratio(x * y, count))


pearson = Metric(
    name="pearson",
    kinds=("regress",),
    statistics=_statistics,
    value=_value,
    range=(-1.0, 1.0),
    chance=0.0,
    form="number",
)
"""-1 to 1."""
