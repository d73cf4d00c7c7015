"""The learning rate over a training: linear warm-up, then a cosine to a tenth of the peak."""

from __future__ import annotations

import math

FLOOR = 0.1
"""The last rate as a share of the peak."""


def rate(step: int, *, total: int, warmup: float) -> float:
    """Share of the peak rate at optimiser step ``step`` (from 0) of ``total``.

    Source: Loshchilov & Hutter 2017, arXiv 1608.03983.

    >>> [round(rate(step, total=10, warmup=0.2), 3) for step in (0, 1, 2, 9)]
    [0.5, 1.0, 1.0, 0.134]
    """
    rising = max(1, math.ceil(total * warmup)) if warmup else 0
    if step < rising:
        return (step + 1) / rising
    done = (step - rising) / max(1, total - rising)
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * done))
