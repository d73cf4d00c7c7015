"""What mistakes cost: the mean cost of an answer, by a table of what was right and what was answered instead.

Some mistakes are dearer than others: an urgent message taken for a newsletter, and the other way round. The table is a
cost matrix as of Elkan (2001, The Foundations of Cost-Sensitive Learning), of which only the entries that differ need
to be written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from pydantic import Field, model_validator

from metier.core import Problem, Settings
from metier.core.names import suggestion
from metier.evaluation.metric import Floats, Metric, first_by_second

NAME = "cost"
"""Of the metric."""
ANY = "*"
"""Stands for every label that is not named."""


class CostsSettings(Settings):
    """What mistakes cost, for tasks with one label."""

    table: dict[str, dict[str, float]] = Field(min_length=1)
    """The right label, then the one that was answered, then the cost: ``{urgent: {newsletter: 50, "*": 5}}``. ``"*"``
    stands for every other label, in both places. A right answer costs nothing unless it is named."""
    other: float = Field(default=1.0, ge=0)
    """Cost of a mistake that the table does not have."""
    unit: str = Field(default="", max_length=20)
    """What costs are in, such as ``EUR``; only printed."""

    @model_validator(mode="after")
    def _costs_something(self) -> CostsSettings:
        costs = [cost for row in self.table.values() for cost in row.values()]
        if any(cost < 0 for cost in costs):
            raise ValueError("costs of 0 or more")
        if not any([*costs, self.other]):
            raise ValueError("a cost above 0 somewhere")
        return self

    def cost(self, target: str, answer: str) -> float:
        """Of one answer. What is named goes before ``*``, the right label before the answered one."""
        own = self.table.get(target, {})
        if answer == target:
            return own.get(target, 0.0)
        for row in (own, self.table.get(ANY, {})):
            if answer in row or ANY in row:
                return row[answer] if answer in row else row[ANY]
        return self.other


def cost_metric(settings: CostsSettings) -> Metric:
    """The mean cost of an answer; lower is better.

    >>> costs = CostsSettings(table={"urgent": {"newsletter": 50, "*": 5}}, unit="EUR")
    >>> cost_metric(costs).point(["urgent", "urgent", "other"], ["newsletter", "urgent", "urgent"])
    17.0
    """
    dearest = max([settings.other, *(cost for row in settings.table.values() for cost in row.values())])

    def statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
        costs = [settings.cost(target, answer) for target, answer in zip(targets, answers, strict=True)]
        return np.column_stack([np.array(costs, dtype=np.float64), np.ones(len(costs))])

    return Metric(
        name=NAME,
        kinds=("classify",),
        statistics=statistics,
        value=first_by_second,
        better="lower",
        range=(0.0, dearest),
        unit=f"{settings.unit} an answer".strip(),
    )


def check_costs(settings: CostsSettings, labels: Iterable[str], *, where: str = "recipe") -> list[Problem]:
    """Labels of the table that the data does not have; none of the ways in which the answers can name none."""
    known = {*labels, ANY}
    named: Mapping[str, str] = {
        **{label: f"evaluate.costs.table.{label}" for label in settings.table},
        **{label: f"evaluate.costs.table.{target}" for target, row in settings.table.items() for label in row},
    }
    return [
        Problem(where=where, path=path, expected="labels of the data", got=repr(label), remedy=suggestion(label, known))
        for label, path in named.items()
        if label not in known
    ]
