"""A floor: TF-IDF of words and word pairs with logistic regression. Trains in seconds; hard to beat on easy tasks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from metier.approaches.floors.linear import Linear, fit_sigmoids, fit_softmax, vectoriser
from metier.approaches.kinds.majority import LABELLED, NEEDS_LABELS
from metier.approaches.label_sets import answer, best_threshold, micro_f1, wanted_labels
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built, Floor
from metier.core import Example, Prediction, Record, Task, step
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said, joined
from metier.core.tasks import form_of
from metier.data import Dataset

STRENGTHS = (1.0, 10.0, 100.0)
"""Values of scikit-learn's C that are tried; validation decides."""


@dataclass(frozen=True)
class TfidfSystem:
    """A vectoriser and a linear layer, ``softmax(x W + b)``; for sets of labels a sigmoid for each."""

    vectorizer: Any
    linear: Linear
    labels: tuple[str, ...]
    sets: bool
    threshold: float

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Labels with their probabilities."""
        if not examples:
            return []  # scikit-learn refuses an empty list
        logits = self.linear.logits(self.vectorizer.transform([example.input for example in examples]))
        return [
            Prediction(
                id=example.id,
                text=answer(row, self.labels, self.threshold) if self.sets else self.labels[int(row.argmax())],
                scores={label: float(share) for label, share in zip(self.labels, row, strict=True)},
            )
            for example, row in zip(examples, _shares(logits, sets=self.sets), strict=True)
        ]


class Tfidf(Floor):
    """scikit-learn's TfidfVectorizer and LogisticRegression, stored as JSON and safetensors."""

    def applies(self, task: Task) -> str:
        """Works for labels."""
        return "" if task.kind in LABELLED else NEEDS_LABELS

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Choose strength (and threshold) on validation, then fit on train and validation together."""
        from safetensors.numpy import save_file

        started = time.perf_counter()
        chosen = _choose(dataset, resources)
        known = [*dataset.train, *dataset.validation]  # nothing is chosen any more: a floor may learn from all it has
        vectorizer = vectoriser()
        linear = _fit(vectorizer.fit_transform([example.input for example in known]), known, dataset, chosen.strength)
        write_json(folder / "words.json", {word: int(i) for word, i in vectorizer.vocabulary_.items()})
        tensors = {"idf": vectorizer.idf_, "weights": linear.weights, "bias": linear.bias}
        save_file(tensors | {"threshold": np.array([chosen.threshold])}, folder / "tfidf.safetensors")
        tried = ", ".join(f"{value:g}" for value in STRENGTHS)
        told = "Strength C = %(strength)s, chosen on validation among %(tried)s; then fitted on train and validation."
        note: str = Said(told, strength=f"{chosen.strength:g}", tried=tried)
        if not form_of(dataset.task.kind).chooses:
            told = "A label is answered from a probability of %(threshold)s on, chosen there too."
            note = joined([note, Said(told, threshold=f"{chosen.threshold:.2f}")])
        return Built(
            Record(
                approach=name,
                summary=Said("Floor: TF-IDF of words and word pairs with logistic regression."),
                seconds={"train": time.perf_counter() - started},
                trainable_parameters=linear.weights.size + linear.bias.size,
                total_parameters=linear.weights.size + linear.bias.size,
                trained_examples=len(known),
                notes=(note,),
                seed=resources.seed,
                rows_in_weights=len(known),
            )
        )

    def load(self, folder: Path, task: Task, resources: Resources) -> TfidfSystem:
        """Put vectoriser and layer together again."""
        from safetensors.numpy import load_file

        tensors = load_file(folder / "tfidf.safetensors")
        vectorizer = vectoriser(read_json(folder / "words.json"))
        vectorizer.idf_ = tensors["idf"]
        return TfidfSystem(
            vectorizer=vectorizer,
            linear=Linear(tensors["weights"], tensors["bias"]),
            labels=task.labels,
            sets=not form_of(task.kind).chooses,
            threshold=float(tensors["threshold"][0]),
        )


class _Chosen(NamedTuple):
    """What validation chose, and how good it was there."""

    value: float
    strength: float
    threshold: float = 0.5


def _choose(dataset: Dataset, resources: Resources) -> _Chosen:
    """The strength (and for sets of labels the threshold) that is best on validation when fitted on train."""
    vectorizer = vectoriser()
    train = vectorizer.fit_transform([example.input for example in dataset.train])
    held_out = vectorizer.transform([example.input for example in dataset.validation])
    found: list[_Chosen] = []
    with step(resources.reporter, "fit", len(STRENGTHS), unit="settings") as bar:
        for strength in STRENGTHS:
            logits = _fit(train, dataset.train, dataset, strength).logits(held_out)
            found.append(_worth(logits, dataset, strength))
            bar.advance()
    return max(found, key=lambda one: one.value)  # of equals the weakest


def _worth(logits: Any, dataset: Dataset, strength: float) -> _Chosen:
    """The share of right labels; for sets of labels micro-F1 with the best threshold."""
    labels = dataset.task.labels
    if form_of(dataset.task.kind).chooses:
        right = [labels[int(row.argmax())] == e.target for row, e in zip(logits, dataset.validation, strict=True)]
        return _Chosen(float(np.mean(right)), strength)
    shares, wanted = _shares(logits, sets=True), wanted_labels(dataset.validation, labels)
    threshold = best_threshold(shares, wanted)
    return _Chosen(micro_f1(shares, wanted, threshold), strength, threshold)


def _fit(vectors: Any, examples: Sequence[Example], dataset: Dataset, strength: float) -> Linear:
    labels = dataset.task.labels
    if form_of(dataset.task.kind).chooses:
        return fit_softmax(vectors, [example.target or "" for example in examples], labels, strength)
    return fit_sigmoids(vectors, wanted_labels(examples, labels), strength)


def _shares(logits: Any, *, sets: bool) -> Any:
    """Probabilities of the labels, [N, labels]: together 1, or for sets each by itself."""
    from scipy.special import expit, softmax

    return expit(logits) if sets else softmax(logits, axis=1)


kind = Tfidf()
