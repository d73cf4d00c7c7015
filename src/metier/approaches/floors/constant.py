"""Floors that always answer with the same number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10
from pathlib import Path

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built, Floor
from metier.core import Example, Prediction, Record, Task
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.core.tasks.regress import number_of, number_text
from metier.data import Dataset

NEEDS_NUMBERS = Said("It answers with a number, and this task is answered otherwise.")
"""Why a way to predict numbers does not apply to other kinds of task."""


def numbers_in(examples: Sequence[Example]) -> list[float]:
    """The numbers that solved examples have as targets."""
    return [number_of(example.target or "") or 0.0 for example in examples]


def decimals_for(numbers: Sequence[float]) -> int:
    """Places behind the point that answers are rounded to: enough for a ten thousandth of the range of ``numbers``.

    >>> decimals_for([1, 5]), decimals_for([0, 250_000])
    (4, 0)
    """
    wide = max(numbers) - min(numbers)
    return max(0, 4 - floor(log10(wide))) if wide > 0 else 4


@dataclass(frozen=True)
class ConstantSystem:
    """Answers the same, whatever the text."""

    answer: str

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """The number."""
        return [Prediction(id=example.id, text=self.answer) for example in examples]


@dataclass(frozen=True)
class Constant(Floor):
    """A kind of System that works out one number from train.

    Attributes:
        name: what the number is called.
        of: works it out.
    """

    name: str
    of: Callable[[Sequence[float]], float]

    def applies(self, task: Task) -> str:
        """Works for numbers."""
        return "" if form_of(task.kind).numeric else NEEDS_NUMBERS

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Work out the number."""
        numbers = numbers_in(dataset.train)
        answer = number_text(self.of(numbers), decimals_for(numbers))
        write_json(folder / "constant.json", {"answer": answer})
        told = "Floor: always answers %(answer)s, the %(name)s of the training rows."
        summary = Said(told, answer=str(answer), name=Said(self.name))
        return Built(Record(approach=name, summary=summary, seed=resources.seed, trained_examples=len(numbers)))

    def load(self, folder: Path, task: Task, resources: Resources) -> ConstantSystem:
        """Read the number."""
        return ConstantSystem(read_json(folder / "constant.json")["answer"])
