import numpy as np
import pytest

from metier.evaluation import mcnemar, resolvable_gap


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
