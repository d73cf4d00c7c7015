"""Trying a prompt on validation rows: what it gets right, and what that takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from metier.approaches.system import System
from metier.core import Example, Prediction, Task
from metier.core.tasks import form_of
from metier.evaluation import METRICS
from metier.prompts import fit

_LEAST = 1e-30  # a probability below this counts as this
_DIGITS = 5  # results are rounded to what a file keeps, so that a continued search ends like an unbroken one


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one prompt did on some rows.

    Attributes:
        scores: log-probabilities of the labels for each row; empty where the System has none.
        values: the item's own value of the metric for each row, 0 to 1; empty where there are ``scores``.
        tokens_in: tokens read.
        tokens_out: tokens written.
        seconds: wall time.
    """

    scores: tuple[tuple[float, ...], ...] = ()
    values: tuple[float, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def __add__(self, other: Trial) -> Trial:
        """The same prompt on the rows of both."""
        return Trial(
            scores=self.scores + other.scores,
            values=self.values + other.values,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            seconds=self.seconds + other.seconds,
        )


class Worth(NamedTuple):
    """How good a prompt is on the rows it was tried on.

    Attributes:
        value: mean of ``items``.
        loss: mean negative log-probability of the right label; 0 where there are no probabilities.
        items: value of each row, [N].
    """

    value: float
    loss: float
    items: Any


def metric_of(task: Task) -> str:
    """What prompts are compared by: single rows must have a value, so labels are right or wrong."""
    return form_of(task.kind).judged_by


def attempt(system: System, examples: Sequence[Example], task: Task) -> Trial:
    """Let a System answer solved examples; its label scores should not be calibrated yet."""
    return attempt_and_answers(system, examples, task)[0]


def attempt_and_answers(system: System, examples: Sequence[Example], task: Task) -> tuple[Trial, list[Prediction]]:
    """The same, with what it answered."""
    started = time.perf_counter()
    answers = system.predict(examples)
    seconds = time.perf_counter() - started
    scores: tuple[tuple[float, ...], ...] = ()
    values: tuple[float, ...] = ()
    if answers and answers[0].scores and form_of(task.kind).chooses:
        shares = np.array([[answer.scores[label] for label in task.labels] for answer in answers])
        scores = tuple(tuple(row) for row in np.log(np.maximum(shares, _LEAST)).round(_DIGITS).tolist())
    else:
        metric = METRICS.get(metric_of(task))
        targets = [example.target or "" for example in examples]
        statistics = metric.statistics(targets, [answer.text for answer in answers], task.labels)
        values = tuple(metric.value(statistics.astype(float)).round(_DIGITS).tolist())
    trial = Trial(
        scores=scores,
        values=values,
        tokens_in=sum(answer.tokens_in for answer in answers),
        tokens_out=sum(answer.tokens_out for answer in answers),
        seconds=round(seconds, 3),
    )
    return trial, answers


def worth(trial: Trial, examples: Sequence[Example], task: Task, *, calibrated: bool) -> Worth:
    """Judge a trial.

    Args:
        trial: on ``examples``.
        examples: solved.
        task: gives the labels.
        calibrated: whether label scores are corrected by their means over these rows first (batch calibration, which
            looks at no right answer), as the finished System's will be by one method or another.
    """
    if not trial.scores:
        items = np.array(trial.values)
        return Worth(float(items.mean()), 0.0, items)
    scores = np.array(trial.scores)
    targets = np.array([task.labels.index(example.target or "") for example in examples])
    found = fit(scores, targets, method="batch" if calibrated else "none")
    items = (found.log_probabilities(scores).argmax(axis=1) == targets).astype(float)
    return Worth(float(items.mean()), found.validation_loss, items)
