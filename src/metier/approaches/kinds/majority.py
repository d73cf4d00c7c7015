"""A floor: always the most frequent label. What accuracy means nothing below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.core import Example, Prediction, Problem, Record, Task
from metier.core.artifacts import read_json, write_json
from metier.core.tasks import form_of
from metier.data import Dataset

NEEDS_LABELS = "It answers with one of a set of labels, and this task is answered otherwise."
"""Why a classifier does not apply to other kinds of task."""


@dataclass(frozen=True)
class MajoritySystem:
    """Answers the share of each label in train, whatever the text."""

    shares: dict[str, float]

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """The most frequent label, with the labels' shares as scores."""
        label = max(self.shares, key=lambda name: self.shares[name])
        return [Prediction(id=example.id, text=label, scores=self.shares) for example in examples]


class Majority:
    """Counts labels."""

    def applies(self, task: Task) -> str:
        """Works for ``classify``."""
        return "" if form_of(task.kind).chooses else NEEDS_LABELS

    def check(self, settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
        """A floor has no settings."""
        return []

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Count the labels of train."""
        counts = Counter(example.target for example in dataset.train)
        shares = {label: counts[label] / len(dataset.train) for label in dataset.task.labels}
        write_json(folder / "shares.json", shares)
        label = max(shares, key=lambda item: shares[item])
        summary = f"Floor: always answers {label!r}, the most frequent label."
        return Built(Record(approach=name, summary=summary, seed=resources.seed, trained_examples=len(dataset.train)))

    def load(self, folder: Path, task: Task, resources: Resources) -> MajoritySystem:
        """Read the shares."""
        return MajoritySystem(read_json(folder / "shares.json"))


kind = Majority()
