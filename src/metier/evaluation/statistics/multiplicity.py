"""Several comparisons at once: the more are made, the more look significant by chance."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the same order: rejecting those below alpha keeps the family's error at alpha (Holm 1979).

    The smallest is multiplied by how many there are, the next by one less, and so on; none is below its predecessor or
    above 1. Holds whatever the dependence between the tests.

    Args:
        p_values: raw ones, each 0 to 1.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    ranked = sorted(range(len(p_values)), key=lambda index: p_values[index])
    for rank, index in enumerate(ranked):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
