"""What a test set can tell apart."""

from __future__ import annotations

from math import floor, inf, log2
from statistics import NormalDist

from metier.core import Score
from metier.evaluation.statistics.proportions import two_sided_z

DISAGREEMENT = 0.2
"""Share of items on which two approaches disagree, assumed before anything was run."""
_LEAST_DISAGREEMENTS = 4
"""Two approaches that agree on the sample still disagree somewhere. This many disagreements in ``n`` at least are
assumed; McNemar's test would need six, all to one side, to see anything at 95%."""


def resolvable_gap(
    n: int, *, disagreement: float = DISAGREEMENT, confidence: float = 0.95, power: float = 0.8
) -> float:
    """The true difference between two approaches that a paired test on ``n`` items finds with probability ``power``.

    ``(z₁₋α⸝₂ + z_power)·√(ψ/n)``, so ``2.8·√(ψ/n)`` at 95% and 80% (Miller 2024, arXiv 2411.00640, section 5).

    Args:
        n: number of items, at least 1.
        disagreement: ψ, the variance of an item's paired difference; for right-or-wrong metrics, the share of items on
            which just one approach is right. At least ``4/n`` is used.
        confidence: 1 minus the level of the test.
        power: probability of finding the difference, 0.5 to 1.

    Returns:
        a difference on the metric's own scale (0.05: five points).

    >>> [round(100 * resolvable_gap(n), 1) for n in (100, 500, 1000)]
    [12.5, 5.6, 4.0]
    """
    variance = max(disagreement, _LEAST_DISAGREEMENTS / n)
    return (two_sided_z(confidence) + NormalDist().inv_cdf(power)) * (variance / n) ** 0.5


def units_needed(approaches: int, *, confidence: float = 0.95) -> int:
    """The fewest independent items, or groups of items, on which a difference between two of them can be significant.

    All of ``U`` lie on one side by chance with probability ``2^(1-U)``; no p is below that, and Holm's correction
    multiplies it by the number of pairs. With fewer units nothing is told apart, however much it differs.

    Args:
        approaches: how many are compared, each with each.
        confidence: 1 minus the level of the tests.

    >>> [units_needed(n) for n in (2, 5, 8, 20)]
    [6, 9, 11, 13]
    """
    pairs = approaches * (approaches - 1) // 2
    return 2 + floor(log2(pairs / (1 - confidence))) if pairs else 1


def units_to_tell(
    difference: Score, units: int, *, approaches: int = 2, confidence: float = 0.95, power: float = 0.8
) -> float:
    """How many items, or groups of items, would show a difference that fewer leave open, were it as large as measured.

    ``n·((z₁₋α⸝₂ₘ + z_power)·s/d)²`` where ``n`` units gave the difference ``d`` with the standard error ``s`` (from its
    interval), at the strictest level that Holm's correction over all ``m`` pairs asks for.

    Args:
        difference: between two approaches, with its interval.
        units: independent items, or groups of items, that it was measured on.
        approaches: how many are compared, each with each.
        confidence: of the interval; 1 minus the level of the tests.
        power: probability of finding the difference then, 0.5 to 1.

    Returns:
        a number of units; infinite where there is no difference.

    >>> round(units_to_tell(Score(value=0.05, low=-0.05, high=0.15), 100))
    817
    """
    if not difference.value:
        return inf
    pairs = approaches * (approaches - 1) / 2
    error = (difference.high - difference.low) / (2 * two_sided_z(confidence))
    strictest = two_sided_z(1 - (1 - confidence) / pairs)
    return units * ((strictest + NormalDist().inv_cdf(power)) * error / difference.value) ** 2


def foreseen_gap(units: int, *, approaches: int, confidence: float = 0.95) -> float:
    """The :func:`resolvable_gap` of shares before anything was run; 1, all there is, where nothing can be told apart.

    Args:
        units: independent items, or groups of items, in the test set.
        approaches: how many will be compared.
        confidence: 1 minus the level of the tests.

    >>> round(foreseen_gap(100, approaches=8), 3), foreseen_gap(8, approaches=8)
    (0.125, 1.0)
    """
    if units < units_needed(approaches, confidence=confidence):
        return 1.0
    return resolvable_gap(units, confidence=confidence)
