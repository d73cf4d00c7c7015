"""A floor: TF-IDF of words and word pairs with logistic regression. Trains in seconds; hard to beat on easy tasks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from metier.approaches.kinds.majority import NEEDS_LABELS
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.core import Example, Prediction, Problem, Record, Task, step
from metier.core.artifacts import read_json, write_json
from metier.core.tasks import form_of
from metier.data import Dataset

STRENGTHS = (1.0, 10.0, 100.0)
"""Values of scikit-learn's C that are tried; validation decides."""


@dataclass(frozen=True)
class TfidfSystem:
    """A vectoriser and a linear layer, ``softmax(x W + b)``."""

    vectorizer: Any
    weights: Any  # [words, labels]
    bias: Any  # [labels]
    labels: tuple[str, ...]

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Labels with their probabilities."""
        if not examples:
            return []  # scikit-learn refuses an empty list
        logits = self.vectorizer.transform([example.input for example in examples]) @ self.weights + self.bias
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return [
            Prediction(
                id=example.id,
                text=self.labels[int(row.argmax())],
                scores={label: float(share) for label, share in zip(self.labels, row, strict=True)},
            )
            for example, row in zip(examples, shares, strict=True)
        ]


class Tfidf:
    """scikit-learn's TfidfVectorizer and LogisticRegression, stored as JSON and safetensors."""

    def applies(self, task: Task) -> str:
        """Works for ``classify``."""
        return "" if form_of(task.kind).chooses else NEEDS_LABELS

    def check(self, settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
        """A floor has no settings."""
        return []

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Choose the strength on validation, then fit on train and validation together."""
        from safetensors.numpy import save_file
        from sklearn.linear_model import LogisticRegression

        started = time.perf_counter()
        strength = _best_strength(dataset, resources)
        known = [*dataset.train, *dataset.validation]  # nothing is chosen any more: a floor may learn from all it has
        vectorizer = _vectorizer()
        vectors = vectorizer.fit_transform([example.input for example in known])
        targets = [example.target for example in known]
        model = LogisticRegression(C=strength, max_iter=1000).fit(vectors, targets)
        weights, bias = _by_label(model, dataset.task.labels)
        write_json(folder / "words.json", {word: int(i) for word, i in vectorizer.vocabulary_.items()})
        save_file({"idf": vectorizer.idf_, "weights": weights, "bias": bias}, folder / "tfidf.safetensors")
        tried = ", ".join(f"{value:g}" for value in STRENGTHS)
        note = f"Strength C = {strength:g}, chosen on validation among {tried}; then fitted on train and validation."
        return Built(
            Record(
                approach=name,
                summary="Floor: TF-IDF of words and word pairs with logistic regression.",
                seconds={"train": time.perf_counter() - started},
                trainable_parameters=weights.size + bias.size,
                total_parameters=weights.size + bias.size,
                trained_examples=len(targets),
                notes=(note,),
                seed=resources.seed,
                rows_in_weights=len(targets),
            )
        )

    def load(self, folder: Path, task: Task, resources: Resources) -> TfidfSystem:
        """Put vectoriser and layer together again."""
        from safetensors.numpy import load_file

        tensors = load_file(folder / "tfidf.safetensors")
        vectorizer = _vectorizer(read_json(folder / "words.json"))
        vectorizer.idf_ = tensors["idf"]
        return TfidfSystem(vectorizer, tensors["weights"], tensors["bias"], task.labels)


def _best_strength(dataset: Dataset, resources: Resources) -> float:
    """The strength that is most often right on validation when fitted on train."""
    from sklearn.linear_model import LogisticRegression

    vectorizer = _vectorizer()
    train = vectorizer.fit_transform([example.input for example in dataset.train])
    targets = [example.target for example in dataset.train]
    held_out = vectorizer.transform([example.input for example in dataset.validation])
    wanted = np.array([example.target for example in dataset.validation])
    right: dict[float, float] = {}
    with step(resources.reporter, "fit", len(STRENGTHS), unit="settings") as bar:
        for strength in STRENGTHS:
            model = LogisticRegression(C=strength, max_iter=1000).fit(train, targets)
            right[strength] = float(np.mean(model.predict(held_out) == wanted))
            bar.advance()
    return max(STRENGTHS, key=lambda strength: right[strength])


def _vectorizer(vocabulary: dict[str, int] | None = None) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    # Any run of letters or digits is a word: scikit-learn's default would drop one-letter words, and all of Chinese.
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\w+", vocabulary=vocabulary)


def _by_label(model: Any, labels: Sequence[str]) -> tuple[Any, Any]:
    """Weights [words, labels] and bias [labels] in the task's order; a label that train lacks can never win."""
    num_words = model.coef_.shape[1]
    weights, bias = np.zeros((num_words, len(labels))), np.full(len(labels), -1e9)
    columns = [labels.index(label) for label in model.classes_]
    coefficients, intercepts = model.coef_, model.intercept_
    if len(columns) == 2 and coefficients.shape[0] == 1:  # two labels: scikit-learn stores one row for the second
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.concatenate([np.zeros_like(intercepts), intercepts])
    weights[:, columns], bias[columns] = coefficients.T, intercepts
    return weights, bias


kind = Tfidf()
