"""What a test set can tell apart."""

from __future__ import annotations

from statistics import NormalDist

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
