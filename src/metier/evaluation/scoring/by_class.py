"""Where a classifier goes wrong: which labels it confuses, and how well it finds each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metier.core import Example, Prediction, Task
from metier.evaluation.statistics.pairing import pair
from metier.evaluation.statistics.proportions import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often each label was answered for each.

    Attributes:
        labels: the task's labels, and after them any other that occurs.
        counts: ``[K, K]``; ``counts[i][j]`` examples of ``labels[i]`` were answered ``labels[j]``.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """How well one label is recognised; flat, so that it is a row of a table.

    Attributes:
        label: the label.
        precision: share of its answers that are right; 0 where there are none.
        recall: share of its examples that are found; 0 where there are none.
        recall_low, recall_high: Wilson's interval, examples taken as independent.
        f1: harmonic mean of the two.
        support: number of its examples.
    """

    label: str
    precision: float
    recall: float
    recall_low: float
    recall_high: float
    f1: float
    support: int


def confusion(task: Task, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Confusion:
    """Count answers by right label.

    Args:
        task: gives the labels and their order.
        examples: at least one, each with a target.
        predictions: one for each example, in any order.

    Raises:
        IntegrityError: examples and predictions do not belong together one to one.

    >>> task = Task(kind="classify", instruction="", labels=("no", "yes"))
    >>> confusion(task, [Example(id="1", input="", target="no")], [Prediction(id="1", text="yes")]).counts
    ((0, 1), (0, 0))
    """
    pairs = pair(examples, predictions)
    others = {*pairs.targets, *pairs.answers} - set(task.labels)
    labels = (*task.labels, *sorted(others))
    place = {label: index for index, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, ([place[t] for t in pairs.targets], [place[a] for a in pairs.answers]), 1)
    return Confusion(labels=labels, counts=tuple(tuple(row) for row in counts.tolist()))


def per_class(
    task: Task, examples: Sequence[Example], predictions: Sequence[Prediction], *, confidence: float
) -> tuple[ClassScore, ...]:
    """Precision, recall and F1 of each label, in the order of :func:`confusion`.

    Args:
        task: gives the labels and their order.
        examples: at least one, each with a target.
        predictions: one for each example, in any order.
        confidence: level of the recall's interval.

    Raises:
        IntegrityError: examples and predictions do not belong together one to one.
    """
    table = confusion(task, examples, predictions)
    counts = np.array(table.counts)
    rows = zip(table.labels, counts.diagonal().tolist(), counts.sum(1).tolist(), counts.sum(0).tolist(), strict=True)
    return tuple(_class_score(label, right, actual, answered, confidence) for label, right, actual, answered in rows)


def _class_score(label: str, right: int, actual: int, answered: int, confidence: float) -> ClassScore:
    recall = wilson(right, actual, confidence)
    return ClassScore(
        label=label,
        precision=right / answered if answered else 0.0,
        recall=recall.value,
        recall_low=recall.low,
        recall_high=recall.high,
        f1=2 * right / (answered + actual) if answered + actual else 0.0,
        support=actual,
    )
