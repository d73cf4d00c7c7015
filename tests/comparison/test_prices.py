"""Costs of device time, and where they meet."""

import pytest

from metier.comparison.settings.prices import Cost, PricesSettings, break_even, cost_of_device


def test_a_device_is_paid_by_the_hour() -> None:
    cost = cost_of_device(PricesSettings(device_hour=2), build_seconds=1800, seconds_per_answer=0.2)
    assert cost.build == pytest.approx(1.0)
    assert cost.per_1000 == pytest.approx(2 * 200 / 3600)


def test_without_prices_nothing_is_known() -> None:
    assert cost_of_device(PricesSettings(), build_seconds=1800, seconds_per_answer=0.2) == Cost(None, None)


def test_break_even_is_where_both_cost_the_same() -> None:
    costs = [("asked", 1.0, 0.02), ("tuned", 31.0, 0.005), ("worse", 40.0, 0.03), ("free", 0.0, 0.0)]
    found = break_even(costs, "tuned")
    assert [(each.start, each.to) for each in found] == [("asked", "tuned")]
    queries = found[0].queries
    assert 1.0 + queries * 0.02 == pytest.approx(31.0 + queries * 0.005)
