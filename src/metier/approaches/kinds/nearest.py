"""A floor: the answer of the training rows whose texts are nearest (cosine of sentence embeddings)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from metier.approaches.floors.constant import decimals_for, numbers_in
from metier.approaches.floors.neighbourly import Belief, closeness
from metier.approaches.kinds.majority import LABELLED, NOTHING_ANSWERED
from metier.approaches.label_sets import answer, best_threshold, micro_f1, wanted_labels
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built, Floor
from metier.core import Example, Prediction, Record, Task
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.core.tasks import TaskForm, form_of
from metier.core.tasks.regress import number_of, number_text
from metier.data import Dataset
from metier.retrieval import caller_of, may_read

NEIGHBOURS = (1, 3, 5, 9)
"""Numbers of neighbours that are tried for labels; validation decides. Generated text always takes one."""
AVERAGED = (1, 3, 5, 9, 17, 33)
"""Those that are tried for numbers."""


@dataclass(frozen=True)
class NearestSystem:
    """Compares a text with every training row that its asker may read."""

    vectors: Any  # [rows, width]
    targets: tuple[str, ...]
    labels: tuple[str, ...]
    neighbours: int
    resources: Resources
    form: TaskForm
    threshold: float = 0.5
    belief: Belief | None = None  # for tasks of one label
    decimals: int = 0
    readers: tuple[tuple[str, ...] | None, ...] | None = None  # of each row; None: everybody may read every row

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """The neighbours' votes for labels or mean number (each weighing its similarity), else the nearest's answer.

        An asker who may read no row gets no answer: every label alike, an empty text, 0.
        """
        similar = self.similar(examples)
        if self.belief and len(examples):
            return self._believed(examples, similar, self.belief)
        return [self._answer(example, row) for example, row in zip(examples, similar, strict=True)]

    def similar(self, examples: Sequence[Example]) -> Any:
        """Similarity of every training row to each example, [examples, rows]; -inf where the asker may not read it."""
        similar = self.resources.embed([example.input for example in examples]) @ self.vectors.T
        if self.readers is None:
            return similar
        askers = [caller_of(example.readers) for example in examples]
        for asker in dict.fromkeys(askers):
            hidden = np.array([not may_read(readers, asker) for readers in self.readers])
            asked = np.array([one == asker for one in askers])
            similar[asked[:, None] & hidden[None, :]] = -np.inf
        return similar

    def _nearest(self, similar: Any) -> Any:
        """Places of the nearest rows, nearest first, among those that may be read."""
        order = np.argsort(-similar, kind="stable")[: self.neighbours]
        return order[np.isfinite(similar[order])]

    def shares(self, similar: Any) -> dict[str, float]:
        """Each label's share of the neighbours, each weighing its similarity; of one label a row, they sum to 1.

        Args:
            similar: similarity of every training row, [rows].
        """
        votes: defaultdict[str, float] = defaultdict(float)
        total = 0.0
        for index in self._nearest(similar):
            weight = max(float(similar[index]), 1e-6)
            total += weight
            for label in self.form.labels_of(self.targets[index]):
                votes[label] += weight
        if not total:
            return dict.fromkeys(self.labels, 1 / len(self.labels))
        return {label: votes[label] / total for label in self.labels}

    def number(self, similar: Any) -> float:
        """The neighbours' mean, each weighing its similarity.

        Args:
            similar: similarity of every training row, [rows].
        """
        nearest = self._nearest(similar)
        if not len(nearest):
            return 0.0
        numbers = [number_of(self.targets[index]) or 0.0 for index in nearest]
        return float(np.average(numbers, weights=np.maximum(similar[nearest], 1e-6)))

    def evidence(self, similar: Any) -> tuple[Any, Any]:
        """Votes for each label and closeness of its nearest row, both [examples, labels].

        Args:
            similar: similarity of every training row, [examples, rows].
        """
        votes = np.array([[*self.shares(row).values()] for row in similar])
        return votes, closeness(similar, self.targets, self.labels)

    def _believed(self, examples: Sequence[Example], similar: Any, belief: Belief) -> list[Prediction]:
        shares = belief.probabilities(*self.evidence(similar))
        return [
            Prediction(
                id=example.id,
                text=self.labels[int(row.argmax())],
                scores={label: float(share) for label, share in zip(self.labels, row, strict=True)},
            )
            for example, row in zip(examples, shares, strict=True)
        ]

    def _answer(self, example: Example, similar: Any) -> Prediction:
        if self.form.numeric:
            return Prediction(id=example.id, text=number_text(self.number(similar), self.decimals))
        if not self.labels:
            best = self._nearest(similar)
            return Prediction(id=example.id, text=self.targets[best[0]] if len(best) else "")
        scores = self.shares(similar)
        if self.form.chooses:
            return Prediction(id=example.id, text=max(scores, key=lambda label: scores[label]), scores=scores)
        return Prediction(id=example.id, text=answer(scores.values(), list(scores), self.threshold), scores=scores)


class Nearest(Floor):
    """Embeds the training rows."""

    def applies(self, task: Task) -> str:
        """Works where an answer can be right for another text too."""
        form = form_of(task.kind)
        if not form.answered:
            return NOTHING_ANSWERED
        usable = task.kind in LABELLED or form.numeric or form.free_text
        return "" if usable else Said("The answer to another text says nothing here.")

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Embed train; for labels and numbers choose how many neighbours (and a threshold for sets) on validation."""
        from safetensors.numpy import save_file

        started = time.perf_counter()
        vectors = resources.embed([example.input for example in dataset.train])
        targets = tuple(example.target or "" for example in dataset.train)
        best, threshold, labels, form = 1, 0.5, dataset.task.labels, form_of(dataset.task.kind)
        belief: Belief | None = None
        readers = _readers_of(dataset.train)
        if labels or form.numeric:
            system = NearestSystem(vectors, targets, labels, 1, resources, form, readers=readers)
            similar = system.similar(dataset.validation)
            counts = AVERAGED if form.numeric else NEIGHBOURS
            tried = {count: _worth(replace(system, neighbours=count), similar, dataset) for count in counts}
            best = max(counts, key=lambda count: (tried[count].value, -count))
            threshold = tried[best].threshold
            if form.chooses:
                places = [labels.index(example.target or "") for example in dataset.validation]
                belief = Belief.fitted(*replace(system, neighbours=best).evidence(similar), places)
        stored: dict[str, Any] = {"targets": targets, "neighbours": best, "threshold": threshold, "readers": readers}
        if belief:
            stored["belief"] = belief.plain()
        if form.numeric:
            stored["decimals"] = decimals_for(numbers_in(dataset.train))
        save_file({"vectors": vectors}, folder / "vectors.safetensors")
        write_json(folder / "nearest.json", stored)
        return Built(
            Record(
                approach=name,
                summary=_summary(best, numeric=form.numeric),
                seconds={"index": time.perf_counter() - started},
                total_parameters=vectors.size,
                notes=(
                    Said("Vectors by %(model)s; number of neighbours %(n)s.", model=resources.embedder, n=str(best)),
                    resources.compute.note,
                ),
                seed=resources.seed,
                rows_in_prompts=len(targets) if form.free_text else 0,
            )
        )

    def load(self, folder: Path, task: Task, resources: Resources) -> NearestSystem:
        """Read vectors and answers."""
        from safetensors.numpy import load_file

        stored = read_json(folder / "nearest.json")
        vectors = load_file(folder / "vectors.safetensors")["vectors"]
        return NearestSystem(
            vectors=vectors,
            targets=tuple(stored["targets"]),
            labels=task.labels,
            neighbours=stored["neighbours"],
            resources=resources,
            form=form_of(task.kind),
            threshold=stored.get("threshold", 0.5),
            belief=Belief.read(stored["belief"]) if "belief" in stored else None,
            decimals=stored.get("decimals", 0),
            readers=_as_readers(stored.get("readers")),
        )


def _readers_of(rows: Sequence[Example]) -> tuple[tuple[str, ...] | None, ...] | None:
    """Who may read each row; None where everybody may read every row."""
    readers = tuple(row.readers for row in rows)
    return readers if any(one is not None for one in readers) else None


def _as_readers(kept: list[list[str] | None] | None) -> tuple[tuple[str, ...] | None, ...] | None:
    return None if kept is None else tuple(None if names is None else tuple(names) for names in kept)


class _Worth(NamedTuple):
    """What a number of neighbours is worth on validation, and the threshold that goes with it."""

    value: float
    threshold: float


def _worth(system: NearestSystem, similar: Any, dataset: Dataset) -> _Worth:
    """The share of right labels; for sets micro-F1 with the best threshold; for numbers less their squared error."""
    if system.form.numeric:
        given = np.array([system.number(row) for row in similar])
        return _Worth(-float(np.mean((given - numbers_in(dataset.validation)) ** 2)), 0.5)
    shares = [system.shares(row) for row in similar]
    if system.form.chooses:
        right = [
            max(one, key=lambda name: one[name]) == e.target for one, e in zip(shares, dataset.validation, strict=True)
        ]
        return _Worth(float(np.mean(right)), 0.5)
    rows, wanted = np.array([[*one.values()] for one in shares]), wanted_labels(dataset.validation, system.labels)
    threshold = best_threshold(rows, wanted)
    return _Worth(micro_f1(rows, wanted, threshold), threshold)


def _summary(neighbours: int, *, numeric: bool) -> Said:
    if neighbours == 1 and numeric:
        return Said("Floor: the number of the nearest training row.")
    if neighbours == 1:
        return Said("Floor: the answer of the nearest training row.")
    if numeric:
        return Said("Floor: the mean number of the %(n)s nearest training rows.", n=str(neighbours))
    return Said("Floor: the answer of the %(n)s nearest training rows.", n=str(neighbours))


kind = Nearest()
