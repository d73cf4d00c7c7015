"""A floor for generated text: the answer is the input, unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.core import Example, Prediction, Problem, Record, Task
from metier.data import Dataset


class CopySystem:
    """Answers with the question."""

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Each input as its own answer."""
        return [Prediction(id=example.id, text=example.input) for example in examples]


class Copy:
    """Nothing to build."""

    def applies(self, task: Task) -> str:
        """Works for tasks that are answered with text."""
        return "" if not task.labels else "A label is not a copy of the text."

    def check(self, settings: ApproachSettings, labels: Sequence[str], resources: Resources) -> list[Problem]:
        """A floor has no settings."""
        return []

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Only the record."""
        return Built(Record(approach=name, summary="Floor: answers with the input, unchanged.", seed=resources.seed))

    def load(self, folder: Path, task: Task, resources: Resources) -> CopySystem:
        """Nothing to read."""
        return CopySystem()


kind = Copy()
