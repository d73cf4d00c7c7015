"""R²: the share of the targets' variance that answers explain; 0 for one who always says the mean, below it for worse.

Equal to scikit-learn's ``r2_score``; where all targets are equal, 1 for exact answers and 0 for others.
"""

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Metric, ratio
from metier.evaluation.scoring.quantities import read_numbers, spread


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
    """``[N, 4]``: squared error, the target above the least one and its square, 1."""
    wanted, given = read_numbers(targets, answers)
    above = wanted - wanted.min(initial=np.inf)
    return np.column_stack([(given - wanted) ** 2, above, above**2, np.ones(len(wanted))])


def _value(sums: Floats) -> Floats:
    missed, total, squares, count = sums.T
    varied = spread(total, squares, count)
    return np.where(varied > 0, 1 - ratio(missed, varied), np.where(missed > 0, 0.0, 1.0))


r_squared = Metric(
    name="r_squared",
    kinds=("regress",),
    statistics=_statistics,
    value=_value,
    range=(-np.inf, 1.0),
    chance=0.0,
    form="number",
)
"""No lower bound: answers can be wrong by any amount."""
