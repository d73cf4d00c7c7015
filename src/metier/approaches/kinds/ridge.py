"""A floor: TF-IDF of words and word pairs with ridge regression (Hoerl and Kennard 1970). Trains in seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from metier.approaches.floors.constant import NEEDS_NUMBERS, decimals_for, numbers_in
from metier.approaches.floors.linear import vectoriser
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built, Floor
from metier.core import Example, Prediction, Record, Task, derive, step
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.core.tasks.regress import number_text
from metier.data import Dataset

STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Values of scikit-learn's alpha that are tried; cross-validation decides."""
FOLDS = 5

_CHOSEN = "Strength alpha = %(strength)s, chosen among %(tried)s by cross-validation on train and validation."


@dataclass(frozen=True)
class RidgeSystem:
    """A vectoriser and a linear function, ``x w + b``."""

    vectorizer: Any
    weights: Any  # [words]
    bias: float
    decimals: int

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Numbers, rounded to what the training rows have."""
        if not examples:
            return []  # scikit-learn refuses an empty list
        values = self.vectorizer.transform([example.input for example in examples]) @ self.weights + self.bias
        return [
            Prediction(id=example.id, text=number_text(float(value), self.decimals))
            for example, value in zip(examples, values, strict=True)
        ]


class RidgeKind(Floor):
    """scikit-learn's TfidfVectorizer and Ridge, stored as JSON and safetensors."""

    def applies(self, task: Task) -> str:
        """Works for numbers."""
        return "" if form_of(task.kind).numeric else NEEDS_NUMBERS

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Choose the strength by cross-validation on train and validation, then fit on both."""
        from safetensors.numpy import save_file

        started = time.perf_counter()
        known = [*dataset.train, *dataset.validation]  # nothing else is chosen: a floor may learn from all it has
        numbers = np.array(numbers_in(known))
        strength = _best_strength(known, numbers, resources)
        vectorizer = vectoriser()
        model = fit_ridge(vectorizer.fit_transform([example.input for example in known]), numbers, strength)
        stored = {
            "words": {word: int(place) for word, place in vectorizer.vocabulary_.items()},
            "decimals": decimals_for(numbers.tolist()),
        }
        write_json(folder / "words.json", stored)
        tensors = {"idf": vectorizer.idf_, "weights": model.coef_, "bias": np.array([float(model.intercept_)])}
        save_file(tensors, folder / "ridge.safetensors")
        tried = ", ".join(f"{value:g}" for value in STRENGTHS)
        size = model.coef_.size + 1
        return Built(
            Record(
                approach=name,
                summary=Said("Floor: TF-IDF of words and word pairs with ridge regression."),
                seconds={"train": time.perf_counter() - started},
                trainable_parameters=size,
                total_parameters=size,
                trained_examples=len(known),
                notes=(Said(_CHOSEN, strength=f"{strength:g}", tried=tried),),
                seed=resources.seed,
                rows_in_weights=len(known),
            )
        )

    def load(self, folder: Path, task: Task, resources: Resources) -> RidgeSystem:
        """Put vectoriser and weights together again."""
        from safetensors.numpy import load_file

        stored, tensors = read_json(folder / "words.json"), load_file(folder / "ridge.safetensors")
        vectorizer = vectoriser(stored["words"])
        vectorizer.idf_ = tensors["idf"]
        return RidgeSystem(vectorizer, tensors["weights"], float(tensors["bias"][0]), stored["decimals"])


def fit_ridge(vectors: Any, numbers: Any, strength: float) -> Any:
    """scikit-learn's model of numbers [N] by sparse vectors [N, words]."""
    from sklearn.linear_model import Ridge

    return Ridge(alpha=strength, solver="sparse_cg").fit(vectors, numbers)


def _best_strength(known: Sequence[Example], numbers: Any, resources: Resources) -> float:
    """The strength with the least squared error on held-out parts; groups stay whole."""
    groups = [example.group or example.id for example in known]
    names = sorted(set(groups))
    Random(derive(resources.seed, "ridge")).shuffle(names)
    parts = min(FOLDS, len(names))
    part_of = {name: place % parts for place, name in enumerate(names)}
    part = np.array([part_of[name] for name in groups])
    missed = dict.fromkeys(STRENGTHS, 0.0)
    with step(resources.reporter, "fit", parts * len(STRENGTHS), unit="settings") as bar:
        for held in range(parts):
            learnt, asked = (np.flatnonzero(chosen).tolist() for chosen in (part != held, part == held))
            vectorizer = vectoriser()
            vectors = vectorizer.fit_transform([known[place].input for place in learnt])
            others = vectorizer.transform([known[place].input for place in asked])
            for strength in STRENGTHS:
                given = fit_ridge(vectors, numbers[learnt], strength).predict(others)
                missed[strength] += float(((given - numbers[asked]) ** 2).sum())
                bar.advance()
    return min(STRENGTHS, key=lambda strength: missed[strength])


kind = RidgeKind()
