"""Axes: from a value to a place, with ticks at round numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from metier.comparison.report.figures import are_shares
from metier.core import Score

_CROWDED = 0.5
"""A lowest score is put at the edge of the axis where leaving it out shortens the axis by more than this share."""
_LEFT_OUT = 4
"""At most one score in so many is put there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """An axis.

    Attributes:
        low: its beginning; positive where ``log``.
        high: its end.
        log: whether it is logarithmic.
        step: distance of its ticks; 0: a round one that fits. Logarithmic axes have ticks of their own.
    """

    low: float
    high: float
    log: bool = False
    step: float = 0.0

    def share(self, value: float) -> float:
        """How far along the axis ``value`` lies, 0 to 1; what lies outside is put at the edge.

        >>> Scale(low=0, high=10).share(2.5), Scale(low=1, high=100, log=True).share(10)
        (0.25, 0.5)
        """
        if value <= self.low:
            return 0.0
        if value >= self.high:
            return 1.0
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, limit: int = 6) -> tuple[float, ...]:
        """Round numbers on a linear axis, about ``limit`` at most where it has no step of its own.

        >>> Scale(low=0, high=1).ticks()
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        """
        step = self.step or _step(self.high - self.low, limit)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return tuple(_round(index * step) for index in range(first, last + 1))


def even_scale(values: Sequence[float], *, limit: int = 6) -> Scale:
    """A linear axis around ``values`` that begins and ends at a tick.

    >>> even_scale([0.62, 0.93])
    Scale(low=0.6, high=1.0, log=False, step=0.1)
    """
    low, high = min(values), max(values)
    if math.isclose(low, high):
        low, high = low - (abs(low) or 1) * 0.1, high + (abs(high) or 1) * 0.1
    step = _step(high - low, limit)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Scale(low=_round(first * step), high=_round(last * step), step=step)


def log_scale(values: Sequence[float], *, room: float = 0.06) -> Scale:
    """A logarithmic axis around positive ``values``, with ``room`` as a share of its length at either end."""
    low, high = math.log(min(values)), math.log(max(values))
    spare = max((high - low) * room, 0.1)
    return Scale(low=math.exp(low - spare), high=math.exp(high + spare), log=True)


def readable_scale(scores: Sequence[Score]) -> Scale:
    """An axis for scores that keeps apart those that matter.

    Where the lowest scores lie far below all others (a floor that always answers the same), the axis leaves at most
    a quarter of them out, to be drawn at its edge; else the others would crowd at the far end.
    """
    ranked = sorted(scores, key=lambda score: score.low)
    left_out = 0
    while left_out < len(ranked) // _LEFT_OUT:
        rest = ranked[left_out + 1 :]
        span, shorter = (max(s.high for s in part) - part[0].low for part in (ranked[left_out:], rest))
        if shorter >= (1 - _CROWDED) * span:
            break
        left_out += 1
    kept = ranked[left_out:]
    scale = even_scale([score.low for score in kept] + [score.high for score in kept])
    if not are_shares() or scale.low >= 1:
        return scale
    # What can be negative (R²) is drawn at the edge there, unless nothing is better than that.
    return replace(scale, low=max(scale.low, 0.0) if scale.high > 0 else scale.low, high=min(scale.high, 1.0))


def _step(length: float, limit: int) -> float:
    rough = length / max(limit - 1, 1)
    size = 10 ** math.floor(math.log10(rough))
    return next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= rough * (1 - 1e-9))


def _round(value: float) -> float:
    return float(f"{value:.10g}")
