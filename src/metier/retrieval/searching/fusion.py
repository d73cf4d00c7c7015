"""Reciprocal rank fusion: rankings whose scores cannot be compared, joined by rank (Cormack, Clarke, Büttcher 2009)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

DAMPING = 60
"""The paper's constant: how little the very first places weigh more than the next."""


def fuse(rankings: Sequence[Sequence[str]], *, damping: int = DAMPING) -> list[str]:
    """Names by the sum of ``1 / (damping + rank)`` over the rankings, best first; equal sums in order of appearance.

    >>> fuse([["a", "b"], ["b", "c"]])
    ['b', 'a', 'c']
    """
    sums: defaultdict[str, float] = defaultdict(float)
    for ranking in rankings:
        for rank, name in enumerate(ranking, 1):
            sums[name] += 1 / (damping + rank)
    return sorted(sums, key=lambda name: -sums[name])
