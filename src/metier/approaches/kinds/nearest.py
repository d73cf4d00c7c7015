"""A floor: the answer of the training row whose text is nearest (cosine of sentence embeddings)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.core import Example, Prediction, Problem, Record, Task
from metier.core.artifacts import read_json, write_json
from metier.core.tasks import form_of
from metier.data import Dataset

NEIGHBOURS = (1, 3, 5, 9)
"""Numbers of neighbours that are tried for ``classify``; validation decides. Generated text always takes one."""


@dataclass(frozen=True)
class NearestSystem:
    """Compares a text with every training row."""

    vectors: Any  # [rows, width]
    targets: tuple[str, ...]
    labels: tuple[str, ...]
    neighbours: int
    resources: Resources

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """The neighbours' votes for ``classify`` (each weighing its similarity), else the nearest row's answer."""
        similar = self.resources.embed([example.input for example in examples]) @ self.vectors.T
        return [self._answer(example, row) for example, row in zip(examples, similar, strict=True)]

    def _answer(self, example: Example, similar: Any) -> Prediction:
        nearest = np.argsort(-similar, kind="stable")[: self.neighbours]
        if not self.labels:
            return Prediction(id=example.id, text=self.targets[nearest[0]])
        votes: defaultdict[str, float] = defaultdict(float)
        for index in nearest:
            votes[self.targets[index]] += max(float(similar[index]), 1e-6)
        total = sum(votes.values())
        scores = {label: votes[label] / total for label in self.labels}
        return Prediction(id=example.id, text=max(scores, key=lambda label: scores[label]), scores=scores)


class Nearest:
    """Embeds the training rows."""

    def applies(self, task: Task) -> str:
        """Works where an answer can be right for another text too."""
        form = form_of(task.kind)
        return "" if form.chooses or form.free_text else "Its answers are places in another text."

    def check(self, settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
        """A floor has no settings."""
        return []

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Embed train; for ``classify`` choose the number of neighbours on validation."""
        from safetensors.numpy import save_file

        started = time.perf_counter()
        vectors = resources.embed([example.input for example in dataset.train])
        targets = tuple(example.target or "" for example in dataset.train)
        best = 1
        if dataset.task.labels:
            right = {count: _share_right(vectors, targets, count, dataset, resources) for count in NEIGHBOURS}
            best = max(NEIGHBOURS, key=lambda count: (right[count], -count))
        save_file({"vectors": vectors}, folder / "vectors.safetensors")
        write_json(folder / "nearest.json", {"targets": targets, "neighbours": best})
        rows = f"{best} nearest training rows" if best > 1 else "nearest training row"
        return Built(
            Record(
                approach=name,
                summary=f"Floor: the answer of the {rows}.",
                seconds={"index": time.perf_counter() - started},
                total_parameters=vectors.size,
                notes=(f"Vectors by {resources.embedder}; number of neighbours {best}.", resources.compute.note),
                seed=resources.seed,
                rows_in_prompts=0 if dataset.task.labels else len(targets),
            )
        )

    def load(self, folder: Path, task: Task, resources: Resources) -> NearestSystem:
        """Read vectors and answers."""
        from safetensors.numpy import load_file

        stored = read_json(folder / "nearest.json")
        vectors = load_file(folder / "vectors.safetensors")["vectors"]
        return NearestSystem(vectors, tuple(stored["targets"]), task.labels, stored["neighbours"], resources)


def _share_right(vectors: Any, targets: tuple[str, ...], count: int, dataset: Dataset, resources: Resources) -> float:
    system = NearestSystem(vectors, targets, dataset.task.labels, count, resources)
    answers = system.predict(dataset.validation)
    return float(np.mean([a.text == e.target for a, e in zip(answers, dataset.validation, strict=True)]))


kind = Nearest()
