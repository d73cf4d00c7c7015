"""Whether a test set is too small to tell approaches apart, whatever they score; then none is recommended."""

from __future__ import annotations

from metier import evaluation
from metier.comparison import wording
from metier.core.said import Said


def too_few(compared: evaluation.Comparison | None, *, gap: float, unit: str) -> str:
    """Why nothing can be told apart, and how much would be needed; empty where something can.

    Args:
        compared: the approaches that meet the limits; None where there are fewer than two of them.
        gap: the difference that the test set resolves between all that were measured.
        unit: of the primary metric.
    """
    if compared is None:
        return _fewest() if wording.resolves_nothing(gap, unit) else ""
    if compared.num_units >= compared.units_needed:
        return _fewest() if wording.resolves_nothing(compared.resolvable_gap, unit) else ""
    told = (
        "%(units)s test rows are too few to tell %(n)s approaches apart, however much they differ: bring at least "
        "%(needed)s, or compare fewer approaches."
    )
    if compared.grouped:
        told = (
            "The test rows come from %(units)s groups, too few to tell %(n)s approaches apart, however much they "
            "differ: bring test rows from at least %(needed)s groups, or compare fewer approaches."
        )
    return Said(
        told,
        units=f"{compared.num_units:,}",
        n=str(len(compared.differences)),
        needed=f"{compared.units_needed:,}",
    )


def _fewest() -> Said:
    return Said("The test rows are too few to tell any approaches apart: bring more rows with answers.")
