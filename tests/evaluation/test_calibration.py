"""Reliability: an honest classifier is called so, a boastful one is not, and the null is what honesty reads."""

import numpy as np
import pytest
from made_up_answers import LABELS, TICKETS, draw_shares, examples_of

from metier.core import Prediction
from metier.evaluation import METRICS, Reliability, measure, reliability


def answers(seed: int, n: int, *, boast: float = 1.0) -> tuple[list[str], list[Prediction]]:
    """Targets drawn from honest probabilities; predictions that sharpen them by ``boast``."""
    rng = np.random.default_rng(seed)
    honest = draw_shares(rng, n)
    targets = [LABELS[rng.choice(len(LABELS), p=row)] for row in honest]
    told = honest**boast / (honest**boast).sum(axis=1, keepdims=True)
    predictions = [
        Prediction(id=f"e{i}", text=LABELS[int(row.argmax())], scores=dict(zip(LABELS, row.tolist(), strict=True)))
        for i, row in enumerate(told)
    ]
    return targets, predictions


def table(seed: int, n: int, **how: float) -> Reliability:
    targets, predictions = answers(seed, n, **how)
    found = reliability(TICKETS, examples_of(targets), predictions)
    assert found is not None
    return found


def test_an_honest_classifier_is_called_calibrated_nearly_always():
    tables = [table(seed, 200) for seed in range(60)]
    assert np.mean([one.calibrated for one in tables]) > 0.88
    assert np.mean([one.ece for one in tables]) == pytest.approx(np.mean([one.null for one in tables]), rel=0.1)
    assert tables[0].null > 0.02  # an error of 0 is not what honesty reads on 200 items


def test_a_boastful_one_is_found_out():
    found = table(0, 400, boast=3)
    assert not found.calibrated
    assert found.sure > 0.05
    assert found.ece > 2 * found.null_high


def test_the_table_accounts_for_every_item():
    found = table(1, 300)
    assert sum(one.count for one in found.bins) == 300
    assert all(one.low < one.confidence <= one.high for one in found.bins)
    targets, predictions = answers(1, 300)
    right = np.mean([p.text == target for p, target in zip(predictions, targets, strict=True)])
    assert sum(one.count * one.accuracy for one in found.bins) / 300 == pytest.approx(right)
    measured = measure(TICKETS, examples_of(targets), predictions, ["accuracy", "ece"])
    assert found.ece == pytest.approx(measured.scores["ece"].value)


def test_without_probabilities_there_is_no_table_and_no_metric():
    targets, predictions = answers(0, 30)
    bare = [Prediction(id=p.id, text=p.text) for p in predictions]
    assert reliability(TICKETS, examples_of(targets), bare) is None
    measured = measure(TICKETS, examples_of(targets), bare, ["accuracy", "brier", "auroc"])
    assert list(measured.scores) == ["accuracy"]


def test_compared_by_a_metric_of_probabilities_answers_without_count_as_certain():
    targets, predictions = answers(0, 30)
    bare = [Prediction(id=p.id, text=p.text) for p in predictions]
    wrong = np.mean([p.text != target for p, target in zip(bare, targets, strict=True)])
    assert measure(TICKETS, examples_of(targets), bare, ["brier"]).scores["brier"].value == pytest.approx(wrong)
    assert METRICS.get("brier").better == "lower"
