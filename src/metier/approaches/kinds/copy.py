"""A floor for generated text: the answer is the input, unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metier.approaches.kinds.majority import NOTHING_ANSWERED
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built, Floor
from metier.core import Example, Prediction, Record, Task
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data import Dataset


class CopySystem:
    """Answers with the question."""

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Each input as its own answer."""
        return [Prediction(id=example.id, text=example.input) for example in examples]


class Copy(Floor):
    """Nothing to build."""

    def applies(self, task: Task) -> str:
        """Works for tasks that are answered with text."""
        form = form_of(task.kind)
        if not form.answered:
            return NOTHING_ANSWERED
        if form.free_text:
            return ""
        if form.chooses:
            return Said("A label is not a copy of the text.")
        return Said("The answer is no copy of the text.")

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Only the record."""
        return Built(
            Record(approach=name, summary=Said("Floor: answers with the input, unchanged."), seed=resources.seed)
        )

    def load(self, folder: Path, task: Task, resources: Resources) -> CopySystem:
        """Nothing to read."""
        return CopySystem()


kind = Copy()
