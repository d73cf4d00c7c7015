"""From probabilities of labels, each by itself, to the set that is answered: one threshold, chosen on validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from metier.core import Example
from metier.core.tasks.multilabel import labels_in, target_of

_TRIED = np.linspace(0.02, 0.98, 49)


def wanted_labels(examples: Sequence[Example], labels: Sequence[str]) -> Any:
    """Which labels each example has, float64 [N, K] of 0 and 1."""
    place = {label: k for k, label in enumerate(labels)}
    rows = np.zeros((len(examples), len(labels)))
    for number, example in enumerate(examples):
        rows[number, [place[label] for label in labels_in(example.target or "[]")]] = 1.0
    return rows


def micro_f1(shares: Any, wanted: Any, threshold: float) -> float:
    """F1 over the decisions on all labels together; 1 where nothing is wanted and nothing answered."""
    answered = shares >= threshold
    total = answered.sum() + wanted.sum()
    return float(2 * (answered * wanted).sum() / total) if total else 1.0


def best_threshold(shares: Any, wanted: Any) -> float:
    """The threshold with the highest micro-F1; of equals the middle one, so that it holds on other rows too.

    Args:
        shares: probability of each label, [N, K].
        wanted: whether each applies, [N, K].
    """
    found = np.array([micro_f1(shares, wanted, float(one)) for one in _TRIED])
    best = np.flatnonzero(found == found.max())
    return float(_TRIED[best[len(best) // 2]])


def answer(row: Any, labels: Sequence[str], threshold: float) -> str:
    """The target of the labels whose probability reaches the threshold."""
    return target_of(label for label, share in zip(labels, row, strict=True) if share >= threshold)
