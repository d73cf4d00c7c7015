import json

import numpy as np
import pytest
from made_up_answers import LABELS, TICKETS, draw_labels, draw_tickets, examples_of, predictions_of
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from metier.core import IntegrityError
from metier.core.artifacts import plain
from metier.evaluation import confusion, per_class, wilson


def test_confusion_is_scikit_learns():
    targets, answers = draw_tickets(0, 200, 0.7)
    table = confusion(TICKETS, examples_of(targets), predictions_of(answers)[::-1])
    assert table.labels == LABELS
    assert (np.array(table.counts) == confusion_matrix(targets, answers, labels=LABELS)).all()


def test_rows_are_scikit_learns():
    rng = np.random.default_rng(1)
    targets, answers = draw_labels(rng, 60, LABELS[:3]), draw_labels(rng, 60, LABELS[1:])
    rows = per_class(TICKETS, examples_of(targets), predictions_of(answers), confidence=0.8)
    columns = precision_recall_fscore_support(targets, answers, labels=LABELS, zero_division=0)
    for row, precision, recall, f1, support in zip(rows, *columns, strict=True):
        assert (row.precision, row.recall, row.f1) == pytest.approx((precision, recall, f1), abs=1e-12)
        assert row.support == support
        expected = wilson(recall * support, support, 0.8)
        assert (row.recall_low, row.recall_high) == pytest.approx((expected.low, expected.high))


def test_a_label_of_no_example_is_unknown():
    row = per_class(TICKETS, examples_of(["login"]), predictions_of(["login"]), confidence=0.95)[0]
    assert (row.label, row.support, row.recall_low, row.recall_high) == ("billing", 0, 0, 1)


def test_further_labels_are_added():
    table = confusion(TICKETS, examples_of(["login"]), predictions_of(["maybe"]))
    assert table.labels == (*LABELS, "maybe")
    assert table.counts[2][4] == 1


def test_both_go_into_json():
    arguments = (TICKETS, examples_of(["login"]), predictions_of(["other"]))
    assert json.loads(json.dumps(plain(confusion(*arguments))))["counts"][2] == [0, 0, 0, 1]
    assert json.loads(json.dumps(plain(per_class(*arguments, confidence=0.95))))[2]["label"] == "login"


def test_missing_predictions_are_refused():
    with pytest.raises(IntegrityError):
        confusion(TICKETS, examples_of(["login", "other"]), predictions_of(["login"]))
