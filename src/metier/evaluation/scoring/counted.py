"""Counts of a classifier's answers by label, from which F1, recall and correlation follow.

Shapes: ``N`` items, ``K`` classes, ``B`` sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metier.evaluation.metric import Floats


class Counts(NamedTuple):
    """Sums by class, each ``[B, K]``: items answered rightly, items answered so, and items that are so."""

    right: Floats
    answered: Floats
    actual: Floats


def by_label(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> NDArray[np.uint8]:
    """``[N, 3K]``: right, answered and actual as one-hot rows; labels outside the task's set get a class too."""
    place = {label: k for k, label in enumerate(sorted({*labels, *targets, *answers}))}
    actual = _one_hot([place[target] for target in targets], len(place))
    answered = _one_hot([place[answer] for answer in answers], len(place))
    return np.hstack([actual & answered, answered, actual])


def counts_of(sums: Floats) -> Counts:
    """What :func:`by_label` summed up to."""
    return Counts(*np.split(sums, 3, axis=1))


def _one_hot(classes: Sequence[int], num_classes: int) -> NDArray[np.uint8]:
    rows = np.zeros((len(classes), num_classes), dtype=np.uint8)
    rows[np.arange(len(classes)), np.array(classes, dtype=np.intp)] = 1
    return rows
