"""500 comparisons whose truth is known: intervals hold it, chance is not taken for a difference, advice picks well."""

from typing import NamedTuple

import numpy as np
import pytest

from metier.comparison.scoring.advice import advise
from metier.comparison.settings.limits import Candidate
from metier.evaluation import METRICS, Comparison, Measured, compare, metric_of, newcombe, wilson
from metier.evaluation.statistics.bootstrap import resample

WORLDS, APPROACHES, ITEMS = 500, 5, 300
ACCURACY = METRICS.get("accuracy")


class World(NamedTuple):
    """True shares, what was seen of them on the test set ``[approaches, items]``, and what was made of it."""

    truths: np.ndarray
    hits: np.ndarray
    compared: Comparison
    recommended: str | None


def world(seed: int) -> World:
    """In every second world all approaches are equally good; items that are hard are hard for all."""
    rng = np.random.default_rng(seed)
    truths = np.full(APPROACHES, 0.75) if seed % 2 else rng.uniform(0.55, 0.9, size=APPROACHES)
    shared = rng.random((APPROACHES, ITEMS)) < 0.6
    hits = np.where(shared, rng.random(ITEMS), rng.random((APPROACHES, ITEMS))) < truths[:, None]
    ids = tuple(map(str, range(ITEMS)))
    measured = {
        str(i): Measured(
            scores={"accuracy": wilson(float(hit.sum()), ITEMS)},
            ids=ids,
            statistics={"accuracy": np.column_stack([hit, np.ones(ITEMS)])},
            clusters=None,
            metrics={"accuracy": ACCURACY},
        )
        for i, hit in enumerate(hits)
    }
    compared = compare(measured, "accuracy", seed=seed)
    times = rng.uniform(5, 1000, size=APPROACHES)
    candidates = [
        Candidate(
            name=name,
            score=one.scores["accuracy"],
            latency_p50_ms=times[int(name)],
            latency_p95_ms=times[int(name)],
            memory_mb=500,
            rows_in_weights=0,
            tuned=False,
        )
        for name, one in measured.items()
    ]
    worse = [name for name, difference in compared.differences.items() if difference.significant]
    return World(truths, hits, compared, advise(candidates, metric=metric_of("accuracy"), worse=worse).recommended)


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    return [world(seed) for seed in range(WORLDS)]


def test_intervals_of_shares_hold_the_truth(worlds: list[World]) -> None:
    held = [
        score.low <= truth <= score.high
        for one in worlds
        for truth, hit in zip(one.truths, one.hits, strict=True)
        for score in [wilson(float(hit.sum()), ITEMS)]
    ]
    assert 0.93 <= np.mean(held) <= 0.97


def test_intervals_of_differences_hold_the_truth(worlds: list[World]) -> None:
    held: list[bool] = []
    for one in worlds:
        for i in range(1, APPROACHES):
            score = newcombe(one.hits[i], one.hits[0])
            held.append(bool(score.low <= one.truths[i] - one.truths[0] <= score.high))
    assert 0.93 <= np.mean(held) <= 0.97


def test_bootstrap_intervals_of_clustered_items_hold_the_truth() -> None:
    """Sixty customers of five rows each; by single rows, far fewer would hold."""
    held = by_rows = 0
    metric = METRICS.get("token_f1")
    customers = np.repeat(np.arange(60), 5)
    for seed in range(WORLDS):
        rng = np.random.default_rng(seed)
        scores = rng.beta(8, 2, size=60)[customers] * rng.beta(18, 2, size=300)  # mean 0.8 * 0.9
        statistics = np.column_stack([scores, np.ones(300)])
        score = resample(metric, statistics, customers, seed=seed, num_resamples=400).interval(0.95)
        held += score.low <= 0.72 <= score.high
        if seed < 100:
            single = resample(metric, statistics, seed=seed, num_resamples=400).interval(0.95)
            by_rows += single.low <= 0.72 <= single.high
    assert 0.93 <= held / WORLDS <= 0.97
    assert by_rows / 100 < 0.85


def test_equals_are_told_apart_in_less_than_one_of_twenty(worlds: list[World]) -> None:
    equal = worlds[1::2]
    alarms = [any(d.significant for d in one.compared.differences.values()) for one in equal]
    assert np.mean(alarms) < 0.05


def test_the_advice_picks_an_approach_that_is_as_good_as_the_best(worlds: list[World]) -> None:
    """As good: within the difference that this very test set was said to resolve."""
    good = [one.truths[int(one.recommended or 0)] >= one.truths.max() - one.compared.resolvable_gap for one in worlds]
    assert np.mean(good) >= 0.95
