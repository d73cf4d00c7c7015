"""Shares of items: intervals for one and for the difference of two, and the exact paired test.

Used where every item is right or wrong and the items are independent; otherwise the bootstrap is.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from metier.core import Score

Hits = NDArray[np.bool_]
"""``[N]``: whether each item is right."""


def wilson(successes: float, n: int, confidence: float = 0.95) -> Score:
    """The share ``successes / n`` with Wilson's score interval (1927).

    Unlike the textbook's ``p ± z·se`` it stays inside 0 to 1, never has width 0, and covers at small ``n`` (Brown, Cai
    and DasGupta 2001).

    Args:
        successes: 0 to ``n``.
        n: number of items; for 0 the value is 0 and the interval everything.
        confidence: level of the interval, 0 to 1.

    >>> wilson(40, 50)
    Score(value=0.8, low=0.6696..., high=0.8875...)
    """
    if n == 0:
        return Score(value=0.0, low=0.0, high=1.0)
    z = two_sided_z(confidence)
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return Score(value=share, low=max(0.0, min(share, middle - half)), high=min(1.0, max(share, middle + half)))


def newcombe(first: Hits, second: Hits, confidence: float = 0.95) -> Score:
    """Difference of two shares on the same items, first less second, with Newcombe's interval (1998, method 10).

    Joins the Wilson intervals of both shares, allowing for their correlation; like them it never has width 0.

    Args:
        first: ``[N]``, whether the first is right on each item; at least one item.
        second: ``[N]``, the same of the second.
        confidence: level of the interval, 0 to 1.

    >>> newcombe(np.array([True] * 9 + [False]), np.array([True] * 5 + [False] * 5))
    Score(value=0.4, low=-0.0023..., high=0.6759...)
    """
    n = len(first)
    one, two = wilson(float(first.sum()), n, confidence), wilson(float(second.sum()), n, confidence)
    value, phi = one.value - two.value, _correlation(first, second)
    return Score(
        value=value,
        low=value - _joined(one.value - one.low, two.high - two.value, phi),
        high=value + _joined(one.high - one.value, two.value - two.low, phi),
    )


def _joined(a: float, b: float, phi: float) -> float:
    return max(0.0, a * a - 2 * phi * a * b + b * b) ** 0.5


def _correlation(first: Hits, second: Hits) -> float:
    """Phi of the two-by-two table, a positive one with Newcombe's continuity correction; 0 where a margin is empty."""
    n = len(first)
    both, neither = float((first & second).sum()), float((~first & ~second).sum())
    only_first, only_second = float((first & ~second).sum()), float((~first & second).sum())
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if margins == 0:
        return 0.0
    excess = both * neither - only_first * only_second
    return (max(excess - n / 2, 0.0) if excess > 0 else excess) / margins**0.5


def mcnemar(first: Hits, second: Hits) -> float:
    """Two-sided exact p that two systems are equally often right (McNemar 1947).

    Only items on which just one of them is right say anything; under the null each falls to either side like a coin.

    Args:
        first: ``[N]``, whether the first is right on each item.
        second: ``[N]``, the same of the second.

    >>> mcnemar(np.array([True] * 6), np.array([False] * 6))
    0.03125
    """
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    if only_first + only_second == 0:
        return 1.0
    from scipy.special import bdtr  # of a fair coin both tails are alike, so twice the smaller one is exact

    return min(1.0, 2 * float(bdtr(min(only_first, only_second), only_first + only_second, 0.5)))


def two_sided_z(confidence: float) -> float:
    """The standard normal quantile that leaves ``1 - confidence`` in both tails together.

    >>> round(two_sided_z(0.95), 3)
    1.96
    """
    return NormalDist().inv_cdf(0.5 + confidence / 2)
