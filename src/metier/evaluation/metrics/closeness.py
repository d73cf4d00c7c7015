"""Closeness: how near single answers come to the right numbers, 0 to 1.

An exact answer scores 1; one that is as far off as always saying the targets' median is on average, or further, 0, as
one that is no number does. It is what single answers are judged by (wordings of a prompt, slices): R² has no value for
one item.
"""

from collections.abc import Sequence

import numpy as np

from metier.core.tasks.regress import number_of
from metier.evaluation.metric import Floats, Metric, first_by_second
from metier.evaluation.scoring.quantities import read_numbers


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
    """``[N, 2]``: the score and 1."""
    wanted, given = read_numbers(targets, answers)
    off = np.abs(given - wanted)
    off[[number_of(answer) is None for answer in answers]] = np.inf
    usual = float(np.abs(wanted - np.median(wanted)).mean()) if len(wanted) else 0.0
    scores = np.maximum(0.0, 1 - off / usual) if usual > 0 else (off == 0).astype(np.float64)
    return np.column_stack([scores, np.ones(len(wanted))])


closeness = Metric(
    name="closeness",
    kinds=("regress",),
    statistics=_statistics,
    value=first_by_second,
    form="number",
)
"""Mean over the items."""
