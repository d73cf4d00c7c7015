"""Numbers against numbers: what the metrics of ``regress`` add up.

An answer that is no number counts as the mean of the targets: as one who has not read the text.

Shapes: ``N`` items, ``B`` sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from metier.core.tasks.regress import number_of
from metier.evaluation.metric import Floats, Metric, ratio

_FLAT = 1e-12
"""A spread below this share of the squares that it is worked out from is rounding."""


class Numbers(NamedTuple):
    """Targets and answers, ``[N]`` each."""

    wanted: Floats
    given: Floats


def read_numbers(targets: Sequence[str], answers: Sequence[str]) -> Numbers:
    """Texts as numbers; a target that is none counts as 0."""
    wanted = np.array([number_of(target) or 0.0 for target in targets], dtype=np.float64)
    found = [number_of(answer) for answer in answers]
    middle = float(wanted.mean()) if len(wanted) else 0.0
    return Numbers(wanted, np.array([middle if one is None else one for one in found], dtype=np.float64))


def error_metric(name: str, error: Callable[[Floats], Floats], value: Callable[[Floats], Floats]) -> Metric:
    """A metric in the unit of the targets that is a function of a mean over the items; lower is better.

    Args:
        name: the metric's name.
        error: of the differences ``[N]``, not negative.
        value: of their mean ``[B]``.
    """

    def statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
        wanted, given = read_numbers(targets, answers)
        return np.column_stack([error(given - wanted), np.ones(len(wanted))])

    return Metric(
        name=name,
        kinds=("regress",),
        statistics=statistics,
        value=lambda sums: value(ratio(sums[:, 0], sums[:, 1])),
        better="lower",
        range=(0.0, float("inf")),
        unit="target",
        form="number",
    )


def spread(total: Floats, squares: Floats, count: Floats) -> Floats:
    """Sum of squared distances from the mean, ``[B]``, from sums; 0 where all values are equal."""
    found = squares - ratio(total * total, count)
    return np.where(found > _FLAT * squares, found, 0.0)


def correlation(x: Floats, y: Floats, together: Floats) -> Floats:
    """Covariance over the root of both spreads, within -1 and 1; 0 where one of them does not vary."""
    return np.clip(ratio(together, np.sqrt(x * y)), -1.0, 1.0)
