"""Regression: one number, learnt as its distance from the mean of train in standard deviations.

Squared error; answers are in the targets' own unit and may lie outside what train has.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, pstdev

from metier.approaches.floors.constant import decimals_for, numbers_in
from metier.approaches.heads import Reader, State
from metier.approaches.tuning.rows import Prepared, text_rows
from metier.core import Example, Prediction, Task
from metier.core.said import Said
from metier.core.tasks.regress import number_text
from metier.data import Dataset


class RegressionHead:
    """One number for the whole text."""

    tokens = False
    summary = "a regression head"

    def outputs(self, task: Task, state: State) -> int:
        """One."""
        return 1

    def settle(self, reader: Reader, train: Sequence[Example]) -> State:
        """Mean and standard deviation of train (1 where its numbers are all the same), and how answers are rounded."""
        numbers = numbers_in(train)
        return {"mean": fmean(numbers), "spread": pstdev(numbers) or 1.0, "decimals": decimals_for(numbers)}

    def rows(self, reader: Reader, examples: Sequence[Example], state: State) -> Prepared:
        """Texts with their standardised number."""
        learnt = [{"wanted": ((number - state["mean"]) / state["spread"],)} for number in numbers_in(examples)]
        return text_rows(reader.model, examples, learnt, "regression", max_length=reader.max_length)

    def fit(self, reader: Reader, dataset: Dataset, state: State) -> State:
        """Nothing more."""
        return state

    def predict(self, reader: Reader, examples: Sequence[Example], state: State) -> list[Prediction]:
        """Numbers in the targets' unit."""
        encoded = [reader.model.encode(example.input, max_length=reader.max_length) for example in examples]
        given = reader.model.logits([ids for ids, _ in encoded], reporter=reader.reporter, label="answer")
        return [
            Prediction(
                id=example.id,
                text=number_text(float(row[0]) * state["spread"] + state["mean"], state["decimals"]),
                tokens_in=len(ids),
                cut=cut,
            )
            for example, (ids, cut), row in zip(examples, encoded, given, strict=True)
        ]

    def notes(self, state: State) -> tuple[str, ...]:
        """What the numbers were standardised by."""
        told = "Learnt in standard deviations of train: mean %(mean)s, deviation %(spread)s."
        return (Said(told, mean=f"{state['mean']:.6g}", spread=f"{state['spread']:.6g}"),)


head = RegressionHead()
