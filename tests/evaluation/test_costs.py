"""Mistakes that cost differently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_answers import examples_of, predictions_of
from pydantic import ValidationError

from metier.core import Task
from metier.evaluation import CostsSettings, check_costs, compare, cost_metric, find_metrics, measure

LABELS = ("urgent", "newsletter", "other")
TASK = Task(kind="classify", instruction="", labels=LABELS)
COSTS = CostsSettings(table={"urgent": {"newsletter": 50, "*": 5}, "*": {"urgent": 2}}, other=0.5, unit="EUR")


@pytest.mark.parametrize(
    ("target", "answer", "cost"),
    [
        ("urgent", "newsletter", 50),
        ("urgent", "other", 5),
        ("urgent", "(no label)", 5),
        ("urgent", "urgent", 0),
        ("other", "urgent", 2),
        ("newsletter", "other", 0.5),
        ("other", "other", 0),
    ],
)
def test_the_nearest_entry_counts(target: str, answer: str, cost: float) -> None:
    assert COSTS.cost(target, answer) == cost


def test_a_right_answer_can_cost_too() -> None:
    costs = CostsSettings(table={"urgent": {"urgent": 1}, "*": {"*": 3}})
    assert [costs.cost("urgent", answer) for answer in ("urgent", "other")] == [1, 3]
    assert costs.cost("other", "other") == 0


def test_costs_that_are_all_alike_are_errors() -> None:
    rng = np.random.default_rng(0)
    targets, answers = (list(rng.choice(LABELS, size=200)) for _ in range(2))
    alike = CostsSettings(table={"*": {"*": 4}})
    wrong = np.mean([target != answer for target, answer in zip(targets, answers, strict=True)])
    assert cost_metric(alike).point(targets, answers) == pytest.approx(4 * wrong)
    matrix = {(t, a): COSTS.cost(t, a) for t in LABELS for a in LABELS}
    by_hand = np.mean([matrix[pair] for pair in zip(targets, answers, strict=True)])
    assert cost_metric(COSTS).point(targets, answers) == pytest.approx(by_hand)


def test_approaches_are_compared_by_cost() -> None:
    """The one with more mistakes makes the cheaper ones."""
    targets = ["urgent"] * 50 + ["other"] * 50
    dear = ["newsletter"] * 10 + targets[10:]
    cheap = targets[:60] + ["newsletter"] * 40
    metrics = [cost_metric(COSTS), "accuracy"]
    examples = examples_of(targets)
    measured = {
        name: measure(TASK, examples, predictions_of(answers), metrics)
        for name, answers in (("dear", dear), ("cheap", cheap))
    }
    assert measured["dear"].scores["cost"].value == pytest.approx(5.0)
    assert measured["cheap"].scores["cost"].value == pytest.approx(0.2)
    found = compare(measured, "cost")
    assert found.best == "cheap"
    assert found.differences["dear"].value == pytest.approx(4.8)
    assert found.differences["dear"].significant


def test_it_is_measured_beside_the_others_or_first(tmp_path: Path) -> None:
    names = [
        [metric.name for metric in find_metrics(chosen, "classify", folder=tmp_path, costs=COSTS)[0]]
        for chosen in (["accuracy"], ["cost", "accuracy"])
    ]
    assert names == [["accuracy", "cost"], ["cost", "accuracy"]]
    metric = find_metrics(["cost"], "classify", folder=tmp_path, costs=COSTS)[0][0]
    assert (metric.unit, metric.range, metric.better) == ("EUR an answer", (0, 50), "lower")
    (problem,) = find_metrics(["exact_match"], "generate", folder=tmp_path, costs=COSTS)[1]
    assert problem.path == "evaluate.costs"


def test_labels_that_are_not_there_are_told() -> None:
    wrong = CostsSettings(table={"urgnt": {"other": 1}, "urgent": {"newsleter": 2}})
    found = check_costs(wrong, LABELS)
    assert [(problem.path, problem.got) for problem in found] == [
        ("evaluate.costs.table.urgnt", "'urgnt'"),
        ("evaluate.costs.table.urgent", "'newsleter'"),
    ]
    assert "urgent" in found[0].remedy
    assert check_costs(COSTS, LABELS) == []


@pytest.mark.parametrize(
    "settings", [{"table": {}}, {"table": {"a": {"b": -1}}}, {"table": {"a": {"b": 0}}, "other": 0}]
)
def test_what_costs_cannot_be(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CostsSettings.model_validate(settings)
