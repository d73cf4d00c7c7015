"""Metrics of probabilities: how much a classifier believed each label, and not only which one it named.

An approach that gives no probabilities is, where it must be judged, taken at its word: certain of its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NoReturn

import numpy as np

from metier.evaluation.metric import Floats, Metric, Shares, Statistics

OfShares = Callable[[Sequence[str], Shares, Sequence[str]], Statistics]


def shares_of(scores: Sequence[Mapping[str, float]], labels: Sequence[str]) -> Shares | None:
    """Probabilities as ``[N, K]`` in the order of ``labels``; None where an item has none, or there are no labels.

    >>> shares_of([{"no": 0.25, "yes": 0.75}], ["no", "yes"]).tolist()
    [[0.25, 0.75]]
    >>> shares_of([{}], ["no", "yes"]) is None
    True
    """
    if not labels or not all(scores):
        return None
    return np.array([[row.get(label, 0.0) for label in labels] for row in scores], dtype=np.float64)


def of_probabilities(
    name: str,
    of_shares: OfShares,
    *,
    value: Callable[[Floats], Floats] | None = None,
    weighted: Callable[[Statistics, Floats], Floats] | None = None,
    better: Literal["higher", "lower"] = "higher",
    proportion: bool = False,
    chance: float | None = None,
) -> Metric:
    """A metric for ``classify`` that looks at probabilities; either ``value`` or ``weighted`` is given.

    Args:
        name: the metric's name.
        of_shares: ``(targets, shares [N, K], labels) -> [N, S]``; a target outside the labels has probability 0.
        value: of sums of statistics.
        weighted: of weighted items, where sums are not enough.
        better: which end is the good one.
        proportion: whether the value is the mean of zeros and ones.
        chance: the value of one who does not look, where that is not the bad end.
    """

    def statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Statistics:
        known = (*labels, *sorted({*targets, *answers} - {*labels}))
        return of_shares(targets, _one_hot(answers, known), known)

    return Metric(
        name=name,
        kinds=("classify",),
        statistics=statistics,
        value=value or _no_sums,
        better=better,
        proportion=proportion,
        of_shares=of_shares,
        weighted=weighted,
        chance=chance,
    )


def actual(targets: Sequence[str], labels: Sequence[str]) -> Shares:
    """``[N, K]``: 1 at each target; a row of zeros where it is none of the labels."""
    return _one_hot(targets, labels)


def _one_hot(answers: Sequence[str], labels: Sequence[str]) -> Shares:
    place = {label: k for k, label in enumerate(labels)}
    rows = np.zeros((len(answers), len(labels)))
    for i, answer in enumerate(answers):
        if answer in place:
            rows[i, place[answer]] = 1.0
    return rows


def _no_sums(sums: Floats) -> NoReturn:
    raise TypeError("this metric depends on the order of items and has no value of a sum; use Metric.values")
