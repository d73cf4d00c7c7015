"""Measures of sets of labels against scikit-learn on the indicator matrix."""

import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from metier.core import Example, Prediction, Task
from metier.evaluation import METRICS, per_label

LABELS = ("a", "b", "c", "d")


@pytest.fixture(params=range(4))
def answers(request):
    rng = np.random.default_rng(request.param)
    return (rng.random((2, 30, 4)) < [0.5, 0.2, 0.05, 0.3]).astype(int)


def texts(matrix) -> list[str]:
    return [json.dumps([label for label, has in zip(LABELS, row, strict=True) if has]) for row in matrix]


def test_equal_to_scikit_learn(answers):
    wanted, given = answers
    occurs = np.flatnonzero((wanted + given).sum(axis=0))
    expected = {
        "labels_micro_f1": f1_score(wanted, given, average="micro"),
        "labels_macro_f1": f1_score(wanted, given, average="macro", labels=occurs),
        "subset_accuracy": accuracy_score(wanted, given),
    }
    found = {name: METRICS.get(name).point(texts(wanted), texts(given), LABELS) for name in expected}
    assert found == pytest.approx(expected)


def test_the_table_of_labels(answers):
    wanted, given = answers
    task = Task(kind="multilabel", instruction="", labels=LABELS)
    examples = [Example(id=str(n), input="", target=text) for n, text in enumerate(texts(wanted))]
    predictions = [Prediction(id=str(n), text=text) for n, text in enumerate(texts(given))]
    table = per_label(task, examples, predictions)
    assert [row.type for row in table] == list(LABELS)
    assert [row.support for row in table] == wanted.sum(axis=0).tolist()
    assert [row.f1 for row in table] == pytest.approx(f1_score(wanted, given, average=None, zero_division=0).tolist())


def test_what_is_no_list_has_no_labels():
    assert METRICS.get("labels_micro_f1").point(['["a"]'], ["a"], LABELS) == 0.0
    assert METRICS.get("subset_accuracy").point(["[]"], ["nothing"], LABELS) == 1.0
