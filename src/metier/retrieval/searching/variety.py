"""Maximal marginal relevance: each next passage is relevant and unlike those taken (Carbonell and Goldstein 1998)."""

from __future__ import annotations

from typing import Any

import numpy as np


def choose_varied(relevance: Any, vectors: Any, *, k: int, diversity: float) -> list[int]:
    """Places of ``k`` candidates, chosen one after the other.

    Args:
        relevance: of each candidate to the question, on the scale of ``vectors``' inner products, [C].
        vectors: unit vectors of the candidates, [C, D].
        k: how many to choose.
        diversity: 0 takes the most relevant ones; 1 looks at likeness alone, after the first.
    """
    left = list(range(len(relevance)))
    nearest = np.zeros(len(relevance))  # likeness of each to the most similar one taken
    chosen: list[int] = []
    while left and len(chosen) < k:
        worth = [(1 - diversity) * relevance[i] - (diversity * nearest[i] if chosen else 0.0) for i in left]
        if not chosen:
            worth = [relevance[i] for i in left]
        chosen.append(left.pop(int(np.argmax(worth))))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return chosen
