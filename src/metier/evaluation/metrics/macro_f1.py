"""Macro-F1: the mean of the classes' F1, so that a rare class counts as much as a common one.

Equal to scikit-learn's ``f1_score(average="macro", zero_division=0)``: F1 of class ``k`` is
``2 tp_k / (answered_k + actual_k)``, averaged over the classes that occur among targets or answers. A bootstrap
resample is treated the same way, so a class that it happens to leave out is left out of its mean; counting it as 0
would draw every interval down.

Shapes: ``N`` items, ``K`` classes, ``B`` sums.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metier.evaluation.metric import Floats, Metric, ratio


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> NDArray[np.uint8]:
    """``[N, 3K]``: right, answered and actual as one-hot rows; labels outside the task's set get a class too."""
    place = {label: k for k, label in enumerate(sorted({*labels, *targets, *answers}))}
    actual = _one_hot([place[target] for target in targets], len(place))
    answered = _one_hot([place[answer] for answer in answers], len(place))
    return np.hstack([actual & answered, answered, actual])


def _one_hot(classes: Sequence[int], num_classes: int) -> NDArray[np.uint8]:
    rows = np.zeros((len(classes), num_classes), dtype=np.uint8)
    rows[np.arange(len(classes)), np.array(classes, dtype=np.intp)] = 1
    return rows


def _value(sums: Floats) -> Floats:
    right, answered, actual = np.split(sums, 3, axis=1)
    occurs = answered + actual > 0
    return ratio(ratio(2 * right, answered + actual).sum(axis=1), occurs.sum(axis=1).astype(np.float64))


macro_f1 = Metric(name="macro_f1", kinds=("classify",), statistics=_statistics, value=_value)
"""Mean F1 of the classes."""
