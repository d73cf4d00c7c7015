"""An encoder with a classification head, trained: ``full``, ``lora`` or ``head``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from metier.approaches import tuning
from metier.approaches.kinds.majority import NEEDS_LABELS
from metier.approaches.resources import Resources
from metier.approaches.rows import drawn, encoder_rows
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.core import Example, Prediction, Problem, Record, Task
from metier.core.artifacts import read_json, write_json
from metier.data import Dataset
from metier.models import EncoderModel, load_module
from metier.prompts import Calibration, fit


@dataclass(frozen=True)
class ClassifierSystem:
    """Texts to labels through the head."""

    model: EncoderModel
    calibration: Calibration
    max_length: int
    resources: Resources

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Labels with calibrated probabilities."""
        encoded = [self.model.encode(example.input, max_length=self.max_length) for example in examples]
        shares = self.calibration.probabilities(
            self.model.classify([ids for ids, _ in encoded], reporter=self.resources.reporter, label="answer")
        )
        return [
            Prediction(
                id=example.id,
                text=self.model.labels[int(row.argmax())],
                scores={label: float(share) for label, share in zip(self.model.labels, row, strict=True)},
                tokens_in=len(ids),
                cut=cut,
            )
            for example, (ids, cut), row in zip(examples, encoded, shares, strict=True)
        ]


class Classifier:
    """Trains encoders for ``classify``."""

    def applies(self, task: Task) -> str:
        """Works for ``classify``."""
        return "" if task.labels else NEEDS_LABELS

    def check(self, settings: ApproachSettings, labels: Sequence[str], resources: Resources) -> list[Problem]:
        """Needs weights to train; has no prompt."""
        problems: list[Problem] = []
        if settings.prompt is not None:
            problems.append(_problem("prompt", "no prompt: an encoder is not asked, it classifies", "a prompt"))
        if settings.retrieval is not None:
            problems.append(_problem("retrieval", "no retrieval: an encoder reads no passages", "retrieval"))
        if settings.weights is None:
            problems.append(_problem("weights", "weights to train, such as {method: full}", "none: its head is new"))
            return problems
        return problems + tuning.check(settings.weights, resources.source(settings.model), path="weights")

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Train, then fit the temperature on validation with the model as saved."""
        assert settings.weights is not None, "checked before"
        source, task = resources.source(settings.model), dataset.task
        weights = tuning.resolve(settings.weights, source)
        started = time.perf_counter()
        compute = tuning.base_compute(weights, resources.compute, source.profile.family)
        tokens = EncoderModel(source, compute)
        longest = tuning.window(weights, tokens.max_tokens)
        examples, left_out = drawn(dataset.train, weights.max_rows, seed=resources.seed)
        rows = encoder_rows(tokens, task, examples, max_length=longest)
        tuned = tuning.tune(
            lambda: load_module(source, compute, num_labels=len(task.labels)),
            tokens.tokenizer,
            rows,
            encoder_rows(tokens, task, dataset.validation, max_length=longest),
            weights,
            source,
            resources=resources,
            folder=folder,
        )
        write_json(folder / "classifier.json", {"model": settings.model, "max_length": longest, "calibration": None})
        system = self.load(folder, task, resources)
        calibration = _calibrate(system, dataset)
        write_json(
            folder / "classifier.json", {"model": settings.model, "max_length": longest, "calibration": calibration}
        )
        return Built(
            Record(
                approach=name,
                summary=f"{weights.method} fine-tuning of the encoder {source.name} with a classification head.",
                seconds={"train": tuned.seconds, "rest": max(0.0, time.perf_counter() - started - tuned.seconds)},
                trainable_parameters=tuned.trainable_parameters,
                total_parameters=tuned.total_parameters,
                trained_examples=len(rows.rows),
                trained_tokens=len(rows.rows),
                skipped=rows.skipped,
                notes=(
                    resources.compute.note,
                    f"Temperature {calibration.temperature:.2f}, fitted on validation.",
                    *tuned.notes,
                ),
                settings=settings.model_copy(update={"weights": weights}).model_dump(),
                seed=resources.seed,
                curve=tuned.curve,
                rows_in_weights=len(rows.rows),
            ),
            tuple(rows.tokens + left_out),
        )

    def load(self, folder: Path, task: Task, resources: Resources) -> ClassifierSystem:
        """The saved weights over their base."""
        stored = read_json(folder / "classifier.json")
        model = EncoderModel(
            resources.source(stored["model"]), resources.compute, weights=folder / "weights", labels=task.labels
        )
        kept = stored["calibration"]
        calibration = Calibration(**kept) if kept else Calibration.identity(len(task.labels))
        return ClassifierSystem(model, calibration, stored["max_length"], resources)


def _calibrate(system: ClassifierSystem, dataset: Dataset) -> Calibration:
    """One temperature, on validation; labels keep their order, so answers do not change."""
    rows = [system.model.encode(e.input, max_length=system.max_length)[0] for e in dataset.validation]
    scores = system.model.classify(rows, reporter=system.resources.reporter, label="calibrate")
    targets = np.array([dataset.task.labels.index(e.target or "") for e in dataset.validation])
    return fit(scores, targets, method="none")


def _problem(path: str, expected: str, got: str) -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy="change this approach")


kind = Classifier()
