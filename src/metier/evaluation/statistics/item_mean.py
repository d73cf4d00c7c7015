"""The most common sort of metric: a score for each item, and their mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from metier.core import TaskKind
from metier.evaluation.metric import Floats, Form, Metric, first_by_second

TEXT_KINDS: tuple[TaskKind, ...] = ("generate", "chat")
"""Kinds of task that are answered with a text."""


def item_mean(
    name: str,
    score: Callable[[str, str], float],
    *,
    kinds: tuple[TaskKind, ...],
    proportion: bool = False,
    better: Literal["higher", "lower"] = "higher",
    reference: bool = True,
    form: Form = "text",
) -> Metric:
    """A metric that is the mean of ``score(target, answer)``.

    Args:
        name: the metric's name.
        score: one item's score, 0 to 1.
        kinds: task kinds that it makes sense for.
        proportion: whether every score is exactly 0 or 1.
        better: which end is the good one.
        reference: whether the target is looked at.
        form: what it takes targets and answers for.

    Returns:
        a metric with two statistics an item, its score and 1, since the number of items in a resample of clusters
        varies.

    >>> same_length = item_mean("same_length", lambda t, a: len(t) == len(a), kinds=("generate",), proportion=True)
    >>> same_length.point(["one", "three"], ["two", "four"])
    0.5
    """

    def statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
        scores = np.array([score(t, a) for t, a in zip(targets, answers, strict=True)], dtype=np.float64)
        return np.column_stack([scores, np.ones_like(scores)])

    return Metric(
        name=name,
        kinds=kinds,
        statistics=statistics,
        value=first_by_second,
        proportion=proportion,
        better=better,
        reference=reference,
        form=form,
    )
