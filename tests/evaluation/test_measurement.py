"""Measuring one approach: pairing by id, the right interval for each metric, groups."""

import dataclasses

import numpy as np
import pytest
from made_up_answers import (
    LABELS,
    REPLIES,
    TICKETS,
    draw_answers,
    draw_labels,
    draw_texts,
    draw_tickets,
    examples_of,
    predictions_of,
)

from metier.core import Example, IntegrityError, Prediction, RecipeError
from metier.evaluation import METRICS, default_metrics, measure, wilson


def some(n: int = 60) -> tuple[list[Example], list[Prediction]]:
    targets, answers = draw_tickets(2, n, 0.8)
    return examples_of(targets), predictions_of(answers)


def test_values_are_the_metrics_own():
    examples, predictions = some()
    measured = measure(TICKETS, examples, predictions, ["macro_f1", "accuracy", "micro_f1"])
    targets, answers = [e.target or "" for e in examples], [p.text for p in predictions]
    assert list(measured.scores) == ["macro_f1", "accuracy", "micro_f1"]
    for name, score in measured.scores.items():
        assert score.value == METRICS.get(name).point(targets, answers, LABELS)
        assert score.low < score.value < score.high


def test_texts_are_measured_by_their_defaults():
    targets = draw_texts(np.random.default_rng(0), 30)
    measured = measure(REPLIES, examples_of(targets), predictions_of(targets[:20] + [""] * 10), default_metrics("chat"))
    assert list(measured.scores) == ["token_f1", "exact_match", "rouge_l", "chrf"]
    assert all(0 <= score.low <= score.value <= score.high <= 1 for score in measured.scores.values())


def test_shares_get_wilsons_interval():
    examples, predictions = some()
    accuracy = measure(TICKETS, examples, predictions, ["accuracy"], confidence=0.9).scores["accuracy"]
    assert accuracy == wilson(round(accuracy.value * 60), 60, 0.9)


def test_order_of_predictions_does_not_matter():
    examples, predictions = some()
    one = measure(TICKETS, examples, predictions, ["macro_f1"], seed=4)
    other = measure(TICKETS, examples, predictions[::-1], ["macro_f1"], seed=4)
    assert one.scores == other.scores


def test_more_confidence_is_wider():
    examples, predictions = some()
    narrow, wide = (
        measure(TICKETS, examples, predictions, ["macro_f1"], confidence=c).scores["macro_f1"] for c in (0.8, 0.99)
    )
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_agreeing_clusters_widen_the_interval(metric: str):
    rng = np.random.default_rng(0)
    targets = draw_labels(rng, 200)
    answers = draw_answers(rng, targets, np.repeat(rng.random(40) < 0.75, 5))
    customers = [f"customer {i // 5}" for i in range(200)]
    alone = measure(TICKETS, examples_of(targets), predictions_of(answers), [metric])
    clustered = measure(TICKETS, examples_of(targets, customers), predictions_of(answers), [metric])
    a, c = alone.scores[metric], clustered.scores[metric]
    assert c.value == pytest.approx(a.value)
    assert c.high - c.low > 1.6 * (a.high - a.low)


def test_clusters_of_one_change_nothing():
    targets, answers = draw_tickets(2, 60, 0.8)
    alone = measure(TICKETS, examples_of(targets), predictions_of(answers), ["accuracy", "macro_f1"])
    groups = [None if i % 2 else f"customer {i}" for i in range(60)]
    grouped = measure(TICKETS, examples_of(targets, groups), predictions_of(answers), ["accuracy", "macro_f1"])
    assert grouped.clusters is None
    assert grouped.scores == alone.scores


def test_perfect_clusters_are_not_certain():
    targets = draw_labels(np.random.default_rng(0), 60)
    groups = [f"customer {i // 3}" for i in range(60)]
    accuracy = measure(TICKETS, examples_of(targets, groups), predictions_of(targets), ["accuracy"]).scores["accuracy"]
    assert accuracy.low == pytest.approx(wilson(20, 20).low)
    assert accuracy.high == 1


def test_an_answer_outside_the_labels_is_wrong():
    examples = examples_of(["login", "other"])
    measured = measure(TICKETS, examples, predictions_of(["login", "I am not sure"]), ["accuracy", "macro_f1"])
    assert measured.scores["accuracy"].value == 0.5
    assert measured.scores["macro_f1"].value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e, p: (e, p[1:]), r"1 example without a prediction: 'e0'"),
        (lambda e, p: (e, [*p, p[0]]), r"1 prediction doubled: 'e0'"),
        (lambda e, p: (e[2:], p), r"2 predictions for no example of this set: 'e0', 'e1'"),
        (lambda e, p: ([*e, e[0]], p), r"1 example id doubled: 'e0'"),
        (lambda e, p: ([dataclasses.replace(e[0], target=None), *e[1:]], p), r"1 example without a target: 'e0'"),
        (lambda e, p: ([], p), r"no examples"),
    ],
)
def test_what_does_not_belong_together_is_refused(change, message: str):
    examples, predictions = change(*some(8))
    with pytest.raises(IntegrityError, match=message):
        measure(TICKETS, examples, predictions, ["accuracy"])


def test_metrics_that_do_not_fit_are_refused():
    with pytest.raises(RecipeError, match="did you mean 'accuracy'"):
        measure(TICKETS, *some(8), ["acuracy"])
    with pytest.raises(RecipeError, match="which is for generate and chat"):
        measure(TICKETS, *some(8), ["chrf"])
