"""What the test set will be able to tell apart, said before anything has run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from metier import evaluation
from metier.comparison import wording


class Power(NamedTuple):
    """What can be known of it beforehand.

    Attributes:
        rows: how many test rows there are.
        of_groups: of how many groups they are, behind their number; empty where each stands for itself.
        gap: the difference that they can resolve; None where the primary metric is no share, so that it is not known.
        resolves: the same as the end of a sentence; empty where it is not known.
    """

    rows: int
    of_groups: str
    gap: float | None
    resolves: str


def foreseen(summary: Mapping[str, Any], metric: evaluation.Metric, *, approaches: int, confidence: float) -> Power:
    """Look at how many test rows there are, which belong together, and how many approaches will be compared.

    Args:
        summary: of the prepared data.
        metric: the primary one.
        approaches: how many will be compared.
        confidence: of the intervals.
    """
    size = summary["splits"]["test"]
    units = summary.get("test_units", size)  # not in runs of earlier versions
    of, of_groups = ("rows", "") if units == size else ("groups", f" of {units} groups")
    if metric.unit != wording.SHARE:
        return Power(size, of_groups, None, "")
    gap = evaluation.foreseen_gap(units, approaches=approaches, confidence=confidence)
    return Power(size, of_groups, gap, wording.resolves(gap, metric.unit, of=of))
