"""Comparisons: the right tests are used, equals are rarely told apart, differences are found."""

from collections.abc import Sequence

import numpy as np
import pytest
from made_up_answers import (
    REPLIES,
    draw_answers,
    draw_labels,
    draw_texts,
    draw_tickets,
    examples_of,
    predictions_of,
    unscored,
)

from metier.core import IntegrityError
from metier.evaluation import Measured, compare, holm, mcnemar, measure, newcombe, resolvable_gap, units_needed
from metier.evaluation.statistics.clusters import Clusters


def equals(seed: int, n: int, metric: str, count: int, clusters: Clusters | None = None) -> dict[str, Measured]:
    """Approaches that are right on 75% of the items, the hard items being hard for all."""
    rng = np.random.default_rng(seed)
    targets = draw_labels(rng, n)
    hard = rng.random(n)
    found: dict[str, Measured] = {}
    for index in range(count):
        hits = np.where(rng.random(n) < 0.6, hard, rng.random(n)) < 0.75
        found[f"approach {index}"] = unscored(metric, targets, draw_answers(rng, targets, hits), clusters)
    return found


def with_accuracies(n: int, rights: Sequence[float]) -> dict[str, Measured]:
    return {f"{right}": unscored("accuracy", *draw_tickets(1, n, right)) for right in rights}


def test_equals_are_rarely_told_apart_by_accuracy():
    alarms = by_fewer_comparisons = 0
    for seed in range(300):
        compared = compare(equals(seed, 300, "accuracy", 6), "accuracy")
        others = [difference for name, difference in compared.differences.items() if name != compared.best]
        alarms += any(difference.significant for difference in others)
        by_fewer_comparisons += min(holm([difference.p for difference in others])) < 0.05
    assert alarms / 300 < 0.06
    assert by_fewer_comparisons / 300 > 0.06  # why Holm's correction runs over all pairs


def test_equals_are_rarely_told_apart_by_macro_f1():
    alarms = 0
    for seed in range(100):
        compared = compare(equals(seed, 120, "macro_f1", 4), "macro_f1", seed=seed)
        alarms += any(difference.significant for difference in compared.differences.values())
    assert alarms / 100 < 0.06


def test_real_differences_are_found():
    compared = compare(with_accuracies(400, [0.6, 0.9, 0.3]), "accuracy")
    assert compared.best == "0.9"
    assert compared.differences["0.6"].significant
    assert compared.differences["0.3"].significant
    assert compared.differences["0.3"].value < compared.differences["0.6"].value < 0
    assert compared.differences["0.6"].high < 0


def test_the_best_is_not_compared_with_itself():
    own = compare(with_accuracies(50, [0.6, 0.9]), "accuracy").differences["0.9"]
    assert (own.value, own.low, own.high, own.p, own.p_holm, own.significant) == (0, 0, 0, 1, 1, False)


def test_the_first_of_equals_is_best():
    one = unscored("accuracy", *draw_tickets(1, 50, 0.7))
    for names in ("ab", "ba"):
        compared = compare(dict.fromkeys(names, one), "accuracy")
        assert compared.best == names[0]
        assert compared.differences[names[1]].p_holm == 1


def test_shares_of_independent_items_get_the_exact_methods():
    targets, good = draw_tickets(3, 80, 0.9)
    _, poor = draw_tickets(3, 80, 0.7)
    compared = compare(
        {"good": unscored("accuracy", targets, good), "poor": unscored("accuracy", targets, poor)}, "accuracy"
    )
    hits = [np.array(answers) == np.array(targets) for answers in (poor, good)]
    found, expected = compared.differences["poor"], newcombe(*hits)
    assert (found.value, found.low, found.high) == (expected.value, expected.low, expected.high)
    assert found.p == mcnemar(*hits)
    assert compared.disagreement == pytest.approx((hits[0] != hits[1]).mean())
    assert compared.resolvable_gap == resolvable_gap(80, disagreement=compared.disagreement)


def test_holm_runs_over_all_pairs():
    measured = with_accuracies(100, [0.9, 0.8, 0.7])
    compared = compare(measured, "accuracy")
    hits = {name: one.statistics["accuracy"][:, 0] > 0 for name, one in measured.items()}
    names = list(hits)
    raw = [mcnemar(hits[names[i]], hits[names[j]]) for i, j in ((0, 1), (0, 2), (1, 2))]
    adjusted = holm(raw)
    assert compared.best == "0.9"
    assert [compared.differences[name].p_holm for name in ("0.8", "0.7")] == adjusted[:2]


def test_texts_are_compared_by_the_paired_bootstrap():
    rng = np.random.default_rng(0)
    targets, noise = draw_texts(rng, 60), draw_texts(rng, 60)
    half = [target if i % 2 else other for i, (target, other) in enumerate(zip(targets, noise, strict=True))]
    examples = examples_of(targets)
    measured = {
        name: measure(REPLIES, examples, predictions_of(answers), ["chrf", "token_f1"])
        for name, answers in (("noise", noise), ("half", half))
    }
    for metric in ("chrf", "token_f1"):
        found = compare(measured, metric).differences["noise"]
        assert found.low < found.value < found.high < 0
        assert 1 / 2001 <= found.p < 0.01
        assert compare(measured, metric).differences["noise"] == found


def test_agreeing_clusters_widen_the_difference_and_raise_p():
    rng = np.random.default_rng(4)
    customers = np.repeat(np.arange(40), 5)
    targets = draw_labels(rng, 200)
    good = draw_answers(rng, targets, np.repeat(rng.random(40) < 0.85, 5))
    poor = draw_answers(rng, targets, np.repeat(rng.random(40) < 0.65, 5))
    found = [
        compare(
            {
                "good": unscored("accuracy", targets, good, clusters),
                "poor": unscored("accuracy", targets, poor, clusters),
            },
            "accuracy",
        )
        for clusters in (None, customers)
    ]
    alone, clustered = (compared.differences["poor"] for compared in found)
    assert clustered.value == pytest.approx(alone.value)
    assert clustered.high - clustered.low > 1.5 * (alone.high - alone.low)
    assert clustered.p > alone.p
    assert found[1].resolvable_gap > 1.5 * found[0].resolvable_gap


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
@pytest.mark.parametrize("rows_each", [1, 3])
@pytest.mark.parametrize("approaches", [2, 5, 8])
def test_with_too_few_units_nothing_is_told_apart_and_with_enough_anything_is(
    metric: str, rows_each: int, approaches: int
):
    needed = units_needed(approaches)
    for units, told in ((needed - 1, False), (needed, True)):
        targets = ["a", "b"] * (units * rows_each)
        clusters = None if rows_each == 1 else np.repeat(np.arange(units), 2 * rows_each)
        targets = targets if clusters is not None else targets[:units]
        right, wrong = np.array(targets), np.where(np.array(targets) == "a", "b", "a")
        every = {"right": right} | {f"wrong {i}": wrong for i in range(approaches - 1)}
        found = compare({name: unscored(metric, right, one, clusters) for name, one in every.items()}, metric)
        assert (found.num_units, found.units_needed, found.grouped) == (units, needed, clusters is not None)
        assert all(d.significant == told for name, d in found.differences.items() if name != "right")
        assert (found.resolvable_gap >= 1) >= (not told)


def test_a_single_approach_is_the_best():
    compared = compare({"only": unscored("accuracy", *draw_tickets(0, 100, 0.5))}, "accuracy")
    assert compared.best == "only"
    assert compared.disagreement == 0.2
    assert round(100 * compared.resolvable_gap, 1) == 12.5


def test_many_approaches_can_still_be_told_apart_by_the_bootstrap():
    targets, right = draw_tickets(0, 60, 1.0)
    poor = {
        f"poor {i}": unscored("macro_f1", targets, draw_labels(np.random.default_rng(i + 1), 60)) for i in range(16)
    }
    compared = compare({**poor, "right": unscored("macro_f1", targets, right)}, "macro_f1")
    assert compared.best == "right"
    # 136 pairs: with 2,000 resamples the smallest possible p would be 136 / 2001.
    assert all(compared.differences[name].significant for name in poor)
    assert all(compared.differences[name].p_holm < 0.002 for name in poor)  # not the least that few resamples can show


def test_other_examples_or_metrics_are_refused():
    first = unscored("accuracy", *draw_tickets(0, 20, 0.5))
    with pytest.raises(IntegrityError, match="different examples"):
        compare({"a": first, "b": unscored("accuracy", *draw_tickets(0, 19, 0.5))}, "accuracy")
    with pytest.raises(IntegrityError, match="different examples or groups"):
        compare({"a": first, "b": unscored("accuracy", *draw_tickets(0, 20, 0.5), np.zeros(20, dtype=int))}, "accuracy")
    with pytest.raises(IntegrityError, match="not measured by 'macro_f1'"):
        compare({"a": first}, "macro_f1")
