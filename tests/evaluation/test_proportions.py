"""Shares against published numbers."""

import numpy as np
import pytest
from scipy.stats import binomtest

from metier.evaluation import mcnemar, newcombe, wilson


def table(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Hits of two systems from the four counts."""
    counts = (both, first, second, neither)
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


@pytest.mark.parametrize(("n", "low", "high"), [(50, 67, 89), (200, 74, 85), (500, 76, 83)])
def test_wilson_at_80_percent(n: int, low: int, high: int):
    score = wilson(0.8 * n, n)
    assert (round(100 * score.low), round(100 * score.high)) == (low, high)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_in_newcombe_1998_table_1(successes: int, n: int, low: float, high: float):
    score = wilson(successes, n)
    assert (score.low, score.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_is_scipys(confidence: float):
    for successes in range(31):
        score = wilson(successes, 30, confidence)
        expected = binomtest(successes, 30).proportion_ci(confidence, method="wilson")
        assert (score.low, score.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_nothing_is_everything():
    score = wilson(0, 0)
    assert (score.value, score.low, score.high) == (0, 0, 1)


def test_newcombe_as_in_his_paper():
    score = newcombe(*table(36, 12, 2, 0))
    assert (score.value, score.low, score.high) == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-5)


def test_newcombe_of_equal_answers_still_has_a_width():
    score = newcombe(*table(30, 0, 0, 0))
    assert score.value == 0
    assert score.low == -score.high < -0.05


def test_newcombe_turns_with_its_arguments():
    first, second = table(20, 9, 3, 8)
    one, other = newcombe(first, second), newcombe(second, first)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_newcombe_covers():
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        hard = rng.random(80)
        first, second = hard < 0.85, np.where(rng.random(80) < 0.6, hard, rng.random(80)) < 0.75
        score = newcombe(first, second)
        covered += score.low <= 0.10 <= score.high
    assert 0.92 <= covered / 300 <= 0.98


def test_mcnemar_by_hand():
    # 10 disagreements, 2 to one side: 2 * (1 + 10 + 45) / 1024
    assert mcnemar(*table(50, 8, 2, 40)) == pytest.approx(0.109375)
    assert mcnemar(*table(5, 2, 8, 4)) == pytest.approx(0.109375)


def test_mcnemar_is_scipys_exact_test():
    for first, second in [(1, 9), (12, 30), (40, 41), (0, 6)]:
        expected = binomtest(first, first + second).pvalue
        assert mcnemar(*table(100, first, second, 7)) == pytest.approx(expected, rel=1e-12)


def test_mcnemar_without_disagreement_is_one():
    assert mcnemar(*table(10, 0, 0, 5)) == 1
