"""Successive halving: many candidates on little, the better half on twice as much, until all.

Jamieson and Talwalkar 2016, arXiv 1502.07943. The default is carried to the last round whatever it does, so that the
best can be told from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Candidate = TypeVar("Candidate")


def rounds(candidates: int, most: int, *, first: int) -> list[tuple[int, int]]:
    """For each round: how many candidates it tries, and with how much (rows).

    Args:
        candidates: at the start.
        most: of the last round.
        first: least of the first round, which has an eighth of ``most`` otherwise.

    >>> rounds(40, 200, first=16)
    [(40, 25), (20, 50), (10, 100), (5, 200)]
    >>> rounds(3, 10, first=16)
    [(3, 10)]
    """
    plan = [(candidates, min(most, max(first, most // 8)))]
    while plan[-1][1] < most:
        count, upto = plan[-1]
        plan.append((max(min(2, count), (count + 1) // 2), min(most, 2 * upto)))
    return plan


def survivors(ranked: Sequence[Candidate], count: int, default: Candidate) -> list[Candidate]:
    """The best ``count``, and the default in the last one's place where it is not among them.

    >>> survivors(["a", "b", "c", "default"], 2, "default")
    ['a', 'default']
    """
    kept = list(ranked[:count])
    return kept if default in kept else [*kept[:-1], default]
