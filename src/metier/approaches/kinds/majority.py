"""A floor: always the most frequent label, or set of labels. What accuracy means nothing below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built, Floor
from metier.core import Example, Prediction, Record, Task
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data import Dataset

LABELLED = ("classify", "multilabel")
"""Kinds of task that are answered with labels of a set."""
NEEDS_LABELS = Said("It answers with labels of a set, and this task is answered otherwise.")
"""Why a classifier does not apply to other kinds of task."""
NOTHING_ANSWERED = Said("It answers, and raw text (task.kind: continue) has no answers.")
"""Why what answers does not apply to raw text."""


@dataclass(frozen=True)
class MajoritySystem:
    """Answers the share of each label in train, whatever the text."""

    answer: str
    shares: dict[str, float]

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """The most frequent answer, with the labels' shares as scores."""
        return [Prediction(id=example.id, text=self.answer, scores=self.shares) for example in examples]


class Majority(Floor):
    """Counts labels."""

    def applies(self, task: Task) -> str:
        """Works for labels."""
        return "" if task.kind in LABELLED else NEEDS_LABELS

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Count the labels of train."""
        form, targets = form_of(dataset.task.kind), [example.target or "" for example in dataset.train]
        counts = Counter(label for target in targets for label in form.labels_of(target))
        shares = {label: counts[label] / len(targets) for label in dataset.task.labels}
        often = Counter(targets)
        answer = max(sorted(often), key=lambda target: often[target])
        write_json(folder / "majority.json", {"answer": answer, "shares": shares})
        told = "Floor: always answers %(answer)s, the most frequent label."
        several = "Floor: always answers %(answer)s, the most frequent label set."
        summary = Said(told if form.chooses else several, answer=repr(form.shown(answer)))
        return Built(Record(approach=name, summary=summary, seed=resources.seed, trained_examples=len(dataset.train)))

    def load(self, folder: Path, task: Task, resources: Resources) -> MajoritySystem:
        """Read the shares."""
        return MajoritySystem(**read_json(folder / "majority.json"))


kind = Majority()
