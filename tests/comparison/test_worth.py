"""What a setting is worth is told where the same approach without it was measured too, and nowhere else."""

import random

import pytest

from metier import evaluation
from metier.comparison.recipe import Recipe
from metier.comparison.scoring.worth import worth
from metier.core import Example, Prediction, Task

TASK = Task(kind="classify", instruction="Sort.", labels=("a", "b"))
EXAMPLES = [Example(id=str(i), input=f"text {i}", target="ab"[i % 2]) for i in range(200)]


def measured(accuracy: float, seed: int) -> evaluation.Measured:
    draw = random.Random(seed)
    answers = [Prediction(id=one.id, text=one.target or "" if draw.random() < accuracy else "x") for one in EXAMPLES]
    return evaluation.measure(TASK, EXAMPLES, answers, ["accuracy"], confidence=0.95, seed=0)


def recipe(**approaches: object) -> Recipe:
    return Recipe.model_validate(
        {"name": "desk", "task": {"kind": "classify"}, "data": {"examples": "a.csv"}, "approaches": approaches}
    )


def test_approaches_that_differ_in_one_setting_are_compared() -> None:
    found = worth(
        recipe(
            plain={"weights": {"rank": 4}},
            more={"weights": {"rank": 4}, "augment": {"share": 1.0}},
            even={"weights": {"rank": 4, "balance": "oversample"}},
            both={"weights": {"rank": 4, "balance": "oversample"}, "augment": {"share": 1.0}},
            other={"weights": {"rank": 8}, "augment": {}},
        ),
        {"plain": measured(0.6, 1), "more": measured(0.9, 2), "even": measured(0.6, 3), "other": measured(0.5, 4)}
        | {"both": measured(0.6, 5), "tfidf": measured(0.5, 6)},
        "accuracy",
    )
    assert [(one["approach"], one["without"], one["part"]) for one in found] == [
        ("more", "plain", "augment"),
        ("both", "even", "augment"),
        ("even", "plain", "weights.balance"),
        ("both", "more", "weights.balance"),
    ]
    first = found[0]
    assert first["low"] < first["difference"] < first["high"]
    assert first["difference"] == pytest.approx(0.3, abs=0.1)
    assert first["significant"]
    assert not found[2]["significant"]


def test_what_was_not_measured_is_not_told() -> None:
    settings = recipe(plain={"weights": {}}, more={"weights": {}, "augment": {}})
    assert worth(settings, {"more": measured(0.9, 2)}, "accuracy") == []
    assert worth(settings, {}, "accuracy") == []


def test_tasks_that_were_learnt_together_are_worth_something_or_not() -> None:
    titles = {"titles": {"data": {"examples": "b.csv"}}}
    settings = recipe(alone={"weights": {}}, together={"weights": {}, "tasks": titles})
    (found,) = worth(settings, {"alone": measured(0.6, 1), "together": measured(0.9, 2)}, "accuracy")
    assert (found["approach"], found["without"], found["part"]) == ("together", "alone", "tasks")
