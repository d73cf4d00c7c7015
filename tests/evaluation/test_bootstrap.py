"""The bootstrap: what it returns, how well it covers, how fast it is."""

import time
import tracemalloc

import numpy as np
import pytest
from made_up_answers import LABELS, draw_answers, draw_labels, draw_tickets
from scipy import stats

from metier.evaluation import METRICS
from metier.evaluation.statistics.bootstrap import Resamples, resample

TOKEN_F1, MACRO_F1 = METRICS.get("token_f1"), METRICS.get("macro_f1")


def means(scores: np.ndarray) -> np.ndarray:
    """Statistics of a metric that is a mean."""
    return np.column_stack([scores, np.ones_like(scores)])


def test_equal_seeds_give_equal_resamples():
    units = means(np.random.default_rng(0).random(30))
    one, same, other = (resample(TOKEN_F1, units, seed=seed) for seed in (1, 1, 2))
    assert (one.replicates == same.replicates).all()
    assert (one.replicates != other.replicates).any()


def test_batches_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch):
    units = means(np.random.default_rng(0).random(300))
    whole = resample(TOKEN_F1, units, seed=1)
    monkeypatch.setattr("metier.evaluation.statistics.bootstrap._WEIGHTS", 7000)
    monkeypatch.setattr("metier.evaluation.statistics.bootstrap._ROWS", 64)
    monkeypatch.setattr("metier.evaluation.statistics.bootstrap._DRAWS", 500)
    parts = resample(TOKEN_F1, units, seed=1)
    assert parts.replicates == pytest.approx(whole.replicates, abs=1e-12)
    assert parts.left_out == pytest.approx(whole.left_out, abs=1e-12)


def test_spread_of_a_mean_is_its_standard_error():
    scores = np.random.default_rng(0).beta(2, 1, size=200)
    replicates = resample(TOKEN_F1, means(scores), seed=0).replicates
    assert len(replicates) == 2000
    assert replicates.std() == pytest.approx(scores.std() / 200**0.5, rel=0.05)


def test_interval_is_scipys_bca():
    scores = np.random.default_rng(3).beta(6, 1, size=40)
    ours = resample(TOKEN_F1, means(scores), seed=0, num_resamples=20_000).interval(0.95)
    rng = np.random.default_rng(0)
    theirs = stats.bootstrap((scores,), np.mean, n_resamples=20_000, method="BCa", rng=rng).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_intervals_cover_a_skewed_mean():
    covered = 0
    for seed in range(300):
        scores = np.random.default_rng(seed).beta(4, 1, size=60)
        score = resample(TOKEN_F1, means(scores), seed=seed).interval(0.95)
        covered += score.low <= 0.8 <= score.high
    assert 0.92 <= covered / 300 <= 0.98


def test_intervals_cover_macro_f1():
    # Equal classes, each found with the same probability and mistaken evenly: every class has F1 0.75.
    labels, covered = LABELS, 0
    for seed in range(300):
        targets, answers = draw_tickets(seed, 100, 0.75)
        score = resample(MACRO_F1, MACRO_F1.statistics(targets, answers, labels), seed=seed).interval(0.95)
        covered += score.low <= 0.75 <= score.high
    assert 0.92 <= covered / 300 <= 0.98


def test_paired_intervals_cover_a_difference():
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        item = rng.normal(0.5, 0.2, size=80)
        first, second = item + rng.normal(0.05, 0.1, size=80), item + rng.normal(0, 0.1, size=80)
        sides = (resample(TOKEN_F1, means(scores), seed=seed) for scores in (first, second))
        score = next(sides).minus(next(sides)).interval(0.95)
        covered += score.low <= 0.05 <= score.high
        assert score.high - score.low < 0.09  # unpaired it would be twice as wide
    assert 0.92 <= covered / 300 <= 0.98


def test_one_outcome_only_is_not_certainty():
    perfect = resample(TOKEN_F1, means(np.ones(50)), seed=0).interval(0.95)
    assert (perfect.value, perfect.high) == (1, 1)
    assert perfect.low == pytest.approx(1 - 1.96**2 / (50 + 1.96**2), abs=1e-4)
    single = resample(TOKEN_F1, means(np.array([0.5])), seed=0).interval(0.95)
    assert single.high - single.low > 0.75


def test_p_agrees_with_a_t_test():
    for shift in (0.0, 0.02, 0.05):
        rng = np.random.default_rng(5)
        first = rng.normal(0.5 + shift, 0.1, size=120)
        second = rng.normal(0.5, 0.1, size=120)
        ours = resample(TOKEN_F1, means(first), seed=0).minus(resample(TOKEN_F1, means(second), seed=0)).p_value()
        assert ours == pytest.approx(stats.ttest_rel(first, second).pvalue, abs=0.03)


def test_p_is_never_zero():
    sure = Resamples(value=0.5, replicates=np.full(2000, 0.5), left_out=np.full(100, 0.5), bounds=(-1, 1))
    assert sure.p_value() == 1 / 2001
    nothing = Resamples(value=0.0, replicates=np.zeros(2000), left_out=np.zeros(100), bounds=(-1, 1))
    assert nothing.p_value() == 1


def test_few_units_prove_little():
    four = Resamples(value=0.5, replicates=np.full(2000, 0.5), left_out=np.full(4, 0.5), bounds=(-1, 1))
    assert four.p_value() == 1 / 8


def test_77_classes_on_3080_items_take_seconds():
    labels = tuple(f"intent {i}" for i in range(77))
    rng = np.random.default_rng(0)
    targets = draw_labels(rng, 3080, labels)
    answers = draw_answers(rng, targets, rng.random(3080) < 0.9, labels)
    started = time.perf_counter()
    score = resample(MACRO_F1, MACRO_F1.statistics(targets, answers, labels), seed=0).interval(0.95)
    assert time.perf_counter() - started < 3
    assert 0.01 < score.high - score.low < 0.03


def test_memory_is_bounded_for_100_000_items():
    units = means(np.random.default_rng(0).random(100_000)).astype(np.float32)
    tracemalloc.start()
    resample(TOKEN_F1, units, seed=0, num_resamples=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120e6
