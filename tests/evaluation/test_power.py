import numpy as np
import pytest

from metier.core import Score
from metier.evaluation import mcnemar, resolvable_gap, units_to_tell


@pytest.mark.parametrize(("n", "points"), [(100, 12.5), (500, 5.6), (1000, 4.0)])
def test_published_gaps(n: int, points: float):
    assert round(100 * resolvable_gap(n), 1) == points


def test_more_items_and_less_disagreement_resolve_more():
    assert resolvable_gap(400) == pytest.approx(resolvable_gap(100) / 2)
    assert resolvable_gap(100, disagreement=0.05) == pytest.approx(resolvable_gap(100) / 2)
    assert resolvable_gap(100, confidence=0.99) > resolvable_gap(100) > resolvable_gap(100, power=0.5)


def test_agreement_on_the_sample_does_not_resolve_everything():
    assert 0.05 < resolvable_gap(100, disagreement=0.0) < 0.06


def test_a_gap_of_that_size_is_found_four_times_in_five():
    n, disagreement = 500, 0.2
    gap = resolvable_gap(n, disagreement=disagreement)
    found = 0
    for seed in range(300):
        outcome = np.random.default_rng(seed).choice(
            3, size=n, p=[(disagreement + gap) / 2, (disagreement - gap) / 2, 1 - disagreement]
        )
        found += mcnemar(outcome == 0, outcome == 1) < 0.05
    assert 0.72 < found / 300 < 0.85


@pytest.mark.parametrize("approaches", [2, 5])
def test_so_many_items_tell_a_difference_four_times_in_five(approaches: int):
    better, worse = 0.16, 0.08  # share of items on which just the one is right, and just the other
    error = (better + worse - (better - worse) ** 2) ** 0.5
    seen = Score(value=0.08, low=0.08 - 1.96 * error / 10, high=0.08 + 1.96 * error / 10)  # as 100 items show it
    needed = round(units_to_tell(seen, 100, approaches=approaches))
    level, found = 0.05 / (approaches * (approaches - 1) / 2), 0
    for seed in range(400):
        outcome = np.random.default_rng(seed).choice(3, size=needed, p=[better, worse, 1 - better - worse])
        found += mcnemar(outcome == 0, outcome == 1) < level
    assert 0.72 < found / 400 < 0.86


def test_alike_is_never_told_apart_and_either_direction_counts_the_same():
    assert units_to_tell(Score(value=0.0, low=-0.1, high=0.1), 100) == float("inf")
    up, down = Score(value=0.05, low=-0.05, high=0.15), Score(value=-0.05, low=-0.15, high=0.05)
    assert units_to_tell(up, 100) == units_to_tell(down, 100)
    assert units_to_tell(up, 200) == 2 * units_to_tell(up, 100)
