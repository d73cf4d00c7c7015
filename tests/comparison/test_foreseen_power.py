"""Rows that belong together count once, also before anything has run."""

import pytest

from metier.comparison.planning.power import foreseen
from metier.evaluation import METRICS, foreseen_gap


def power(size: int, units: int | None, *, metric: str = "accuracy", approaches: int = 8):
    summary = {"splits": {"test": size}} | ({} if units is None else {"test_units": units})
    return foreseen(summary, METRICS.get(metric), approaches=approaches, confidence=0.95)


def test_groups_decide_what_can_be_told_apart():
    found = power(30, 8)
    assert found[:3] == (30, " of 8 groups", 1.0)
    assert found.resolves == "cannot tell approaches apart: more groups are needed"
    assert power(30, 11).gap == foreseen_gap(11, approaches=8) > foreseen_gap(30, approaches=8)


@pytest.mark.parametrize("units", [30, None])
def test_rows_that_stand_for_themselves(units: int | None):
    found = power(30, units)
    assert found[:3] == (30, "", foreseen_gap(30, approaches=8))
    assert found.resolves.startswith("can tell apart differences of about")
    assert power(8, 8).resolves == "cannot tell approaches apart: more rows are needed"


def test_fewer_approaches_need_fewer_rows():
    assert power(8, 8, approaches=8).gap == 1.0
    assert 0 < (power(8, 8, approaches=3).gap or 0) < 1.0


def test_what_is_no_share_is_not_known_beforehand():
    assert power(30, 8, metric="bits_per_byte") == (30, " of 8 groups", None, "")
