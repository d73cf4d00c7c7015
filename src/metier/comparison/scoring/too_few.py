"""Test sets that are too small: to tell any approaches apart, or to show that the better one of two is better."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, log10

from metier import evaluation
from metier.comparison import wording
from metier.core import Score
from metier.core.said import Said

_TOO_MANY = 30
"""Nobody collects so many times the test rows there are; a difference that needs them is not worth it either."""


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


def how_many_tell(compared: evaluation.Comparison, *, unit: str, confidence: float) -> Mapping[str, str]:
    """For each approach that the test set cannot tell from the best: how many test rows would, in a sentence.

    Args:
        compared: the approaches that meet the limits.
        unit: of the primary metric.
        confidence: that they were compared at.
    """
    found: dict[str, str] = {}
    for name, one in compared.differences.items():
        if one.significant or not one.value:
            continue
        needed = evaluation.units_to_tell(
            Score(value=one.value, low=one.low, high=one.high),
            compared.num_units,
            approaches=len(compared.differences),
            confidence=confidence,
        )
        if needed > _TOO_MANY * compared.num_units:
            continue
        told = (
            "%(best)s is %(gap)s better here; about %(needed)s test rows in place of %(units)s would tell whether that "
            "is chance."
        )
        if compared.grouped:
            told = (
                "%(best)s is %(gap)s better here; test rows of about %(needed)s groups in place of %(units)s would "
                "tell whether that is chance."
            )
        found[name] = Said(
            told,
            best=compared.best,
            gap=_gap(abs(one.value), unit),
            needed=f"{_roughly(max(needed, 1.1 * compared.num_units)):,}",
            units=f"{compared.num_units:,}",
        )
    return found


def _gap(size: float, unit: str) -> str:
    if unit == wording.SHARE:
        return Said("%(n)s points", n=f"{100 * size:.1f}")
    return wording.number(size, 2)


def _roughly(number: float) -> int:
    """Up to two significant digits.

    >>> [_roughly(number) for number in (7.2, 193.4, 1201)]
    [8, 200, 1300]
    """
    step = 10 ** max(0, int(log10(number)) - 1)
    return ceil(number / step) * step


def _fewest() -> Said:
    return Said("The test rows are too few to tell any approaches apart: bring more rows with answers.")
