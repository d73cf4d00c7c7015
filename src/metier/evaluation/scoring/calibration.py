"""Whether stated confidence can be believed: a reliability table, and what an honest classifier would read on it.

A perfectly calibrated classifier does not read an expected calibration error of 0 on a finite test set (0.08 on 200
items in 15 bins), so the error stands beside its null: what it would be if every answer were right with exactly the
stated probability, by simulation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metier.core import Example, Prediction, Task, derive
from metier.evaluation.metric import Floats, Shares
from metier.evaluation.scoring.probabilities import shares_of
from metier.evaluation.statistics.pairing import pair

NUM_BINS = 10
"""Bins of equal width between 0 and 1."""
_DRAWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Items that are about equally sure; flat, so that it is a row of a table.

    Attributes:
        low, high: the confidence of its items is above ``low`` and at most ``high``.
        count: number of items.
        confidence: their mean confidence.
        accuracy: share of them that is right.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How confidence and accuracy go together.

    Attributes:
        bins: those with items, the least sure first.
        ece: expected calibration error, as the metric ``ece``.
        null: the mean error that a perfectly calibrated classifier with these confidences would read.
        null_high: its 95th percentile.
        calibrated: whether the error is no larger than that.
        sure: mean confidence less accuracy: positive where the classifier is too sure of itself.
    """

    bins: tuple[Bin, ...]
    ece: float
    null: float
    null_high: float
    calibrated: bool
    sure: float


def confident(targets: Sequence[str], shares: Shares, labels: Sequence[str]) -> tuple[Floats, Floats]:
    """Probability of the most probable label, and whether it is right, each ``[N]``."""
    best = shares.argmax(axis=1)
    right = [labels[k] == target for k, target in zip(best.tolist(), targets, strict=True)]
    return np.clip(shares.max(axis=1), 0.0, 1.0), np.array(right, dtype=np.float64)


def bin_of(confidence: Floats) -> NDArray[np.intp]:
    """The bin of each confidence; bins are open below and closed above, as Guo et al. have them.

    >>> bin_of(np.array([0.05, 0.1, 0.11, 1.0])).tolist()
    [0, 0, 1, 9]
    """
    return np.clip(np.ceil(confidence * NUM_BINS - 1e-9).astype(np.intp) - 1, 0, NUM_BINS - 1)


def reliability(
    task: Task, examples: Sequence[Example], predictions: Sequence[Prediction], *, seed: int = 0
) -> Reliability | None:
    """The reliability table of a classifier; None where its predictions have no probabilities.

    Args:
        task: gives the labels.
        examples: at least one, each with a target.
        predictions: one for each example, in any order.
        seed: the run's, for the null.

    Raises:
        IntegrityError: examples and predictions do not belong together one to one.
    """
    pairs = pair(examples, predictions)
    shares = shares_of(pairs.scores, task.labels)
    if shares is None:
        return None
    confidence, right = confident(pairs.targets, shares, task.labels)
    place = bin_of(confidence)
    count, stated = _by_bin(place, np.ones_like(right)), _by_bin(place, confidence)
    hits = _by_bin(place, right)
    null = _null(place, confidence, stated, seed)
    ece, null_high = float(np.abs(stated - hits).sum() / len(right)), float(np.quantile(null, 0.95))
    return Reliability(
        bins=tuple(
            Bin(
                low=k / NUM_BINS,
                high=(k + 1) / NUM_BINS,
                count=int(count[k]),
                confidence=float(stated[k] / count[k]),
                accuracy=float(hits[k] / count[k]),
            )
            for k in range(NUM_BINS)
            if count[k]
        ),
        ece=ece,
        null=float(null.mean()),
        null_high=null_high,
        calibrated=ece <= null_high,
        sure=float(confidence.mean() - right.mean()),
    )


def _by_bin(place: NDArray[np.intp], values: Floats) -> Floats:
    return np.bincount(place, weights=values, minlength=NUM_BINS).astype(np.float64)


def _null(place: NDArray[np.intp], confidence: Floats, stated: Floats, seed: int) -> Floats:
    """The error in worlds where each answer is right with its stated probability."""
    rng = np.random.default_rng(derive(seed, "evaluation", "calibration"))
    worlds = (_by_bin(place, (rng.random(len(confidence)) < confidence).astype(np.float64)) for _ in range(_DRAWS))
    return np.array([np.abs(stated - hits).sum() / len(confidence) for hits in worlds])
