"""Precision and recall in one: F1 of things found among things wanted, pooled over the items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from metier.core import TaskKind
from metier.evaluation.metric import Floats, Form, Metric, ratio
from metier.evaluation.statistics.item_mean import TEXT_KINDS


class Found(NamedTuple):
    """Of one item: how much is right, how much was answered, how much was wanted."""

    right: float
    answered: float
    wanted: float


def pooled_f1(
    name: str, find: Callable[[str, str], Found], *, form: Form, kinds: tuple[TaskKind, ...] = TEXT_KINDS
) -> Metric:
    """A metric that is ``2 right / (answered + wanted)`` over all items together.

    Nothing wanted and nothing answered is 1: an item without any is answered rightly by saying so.

    Args:
        name: the metric's name.
        find: compares a target with an answer.
        form: what they are.
        kinds: task kinds that it makes sense for.
    """

    def statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
        return np.array([find(t, a) for t, a in zip(targets, answers, strict=True)], dtype=np.float64).reshape(-1, 3)

    def value(sums: Floats) -> Floats:
        together = sums[:, 1] + sums[:, 2]
        return np.where(together > 0, ratio(2 * sums[:, 0], together), 1.0)

    return Metric(name=name, kinds=kinds, statistics=statistics, value=value, form=form)
