"""From bootstrap replicates to an interval: bias-corrected and accelerated (BCa).

Efron 1987; Efron and Tibshirani 1993, section 14.3. The plain percentile interval is not good enough here: resampling
lowers macro-F1, since a resample of a small class has fewer distinct items, and with 20 classes on 100 items a "95%"
percentile interval held the truth in 84% of 400 simulations where BCa did in 95%.
"""

from __future__ import annotations

from math import isfinite
from statistics import NormalDist

import numpy as np

from metier.core import Score
from metier.evaluation.metric import Floats
from metier.evaluation.statistics.proportions import two_sided_z

_NORMAL = NormalDist()


def bca_interval(
    value: float, replicates: Floats, left_out: Floats, *, bounds: tuple[float, float], confidence: float
) -> Score:
    """A value with its interval.

    Where all replicates are equal (every item scored the same), a bootstrap would claim certainty. The interval then
    allows for the outcomes that were not seen: by Wilson's limit for 0 of ``U``, their share can be ``z²/(U+z²)``, and
    their values anything inside ``bounds``, or within 1 where there is no bound (for R², what knowing nothing costs).

    Args:
        value: on all units.
        replicates: ``[B]``, on each resample.
        left_out: ``[U]``, with each unit left out.
        bounds: lowest and highest possible value.
        confidence: level, 0 to 1.

    >>> draws = np.random.default_rng(0).normal(size=2000)
    >>> score = bca_interval(0.0, draws, np.zeros(50), bounds=(-9, 9), confidence=0.95)
    >>> round(score.low), round(score.high)
    (-2, 2)
    """
    z = two_sided_z(confidence)
    if np.ptp(replicates) < 1e-12:
        unseen = z * z / (len(left_out) + z * z)
        down, up = (room if isfinite(room) else 1.0 for room in (value - bounds[0], bounds[1] - value))
        low, high = value - down * unseen, value + up * unseen
    else:
        bias, acceleration = _bias(value, replicates), _acceleration(left_out)
        low, high = np.quantile(replicates, [_level(bias, acceleration, q) for q in (-z, z)]).tolist()
    return Score(value=value, low=min(value, low), high=max(value, high))


def _bias(value: float, replicates: Floats) -> float:
    """How far, in standard deviations, the value lies from the median of the replicates; ties count half."""
    below, equal = (replicates < value - 1e-12).sum(), (np.abs(replicates - value) <= 1e-12).sum()
    share = (below + 0.5 * equal) / len(replicates)
    edge = 1 / (len(replicates) + 1)
    return _NORMAL.inv_cdf(float(np.clip(share, edge, 1 - edge)))


def _acceleration(left_out: Floats) -> float:
    """How fast the spread changes with the value, from the skewness of the jackknife; 0 where nothing varies."""
    influence = left_out.mean() - left_out
    spread = float((influence**2).sum())
    return float((influence**3).sum()) / (6 * spread**1.5) if spread > 1e-20 else 0.0


def _level(bias: float, acceleration: float, z: float) -> float:
    """The quantile of the replicates that ends the interval."""
    shifted = bias + z
    # Beyond this pole the correction means nothing; it is never near with more than a handful of units.
    return _NORMAL.cdf(bias + shifted / max(1 - acceleration * shifted, 1e-3))
