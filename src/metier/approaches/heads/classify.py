"""Single-label classification: a softmax over the labels, with one temperature fitted on validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from metier.approaches.heads import Reader, State
from metier.approaches.tuning.rows import Prepared, encoder_rows
from metier.core import Example, Prediction, Task
from metier.core.said import Said
from metier.data import Dataset
from metier.prompts import Calibration, fit


class ClassificationHead:
    """One number a label."""

    tokens = False
    summary = "a classification head"

    def outputs(self, task: Task, state: State) -> int:
        """One for each label."""
        return len(task.labels)

    def settle(self, reader: Reader, train: Sequence[Example]) -> State:
        """Nothing."""
        return {}

    def rows(self, reader: Reader, examples: Sequence[Example], state: State) -> Prepared:
        """Texts with the index of their label."""
        return encoder_rows(reader.model, reader.task, examples, max_length=reader.max_length)

    def fit(self, reader: Reader, dataset: Dataset, state: State) -> State:
        """One temperature; labels keep their order, so answers do not change."""
        rows = [reader.model.encode(e.input, max_length=reader.max_length)[0] for e in dataset.validation]
        targets = np.array([dataset.task.labels.index(e.target or "") for e in dataset.validation])
        return {"calibration": fit(_log_shares(reader, rows, label="calibrate"), targets, method="none")}

    def predict(self, reader: Reader, examples: Sequence[Example], state: State) -> list[Prediction]:
        """Labels with calibrated probabilities."""
        labels = reader.task.labels
        encoded = [reader.model.encode(example.input, max_length=reader.max_length) for example in examples]
        shares = _calibration(state).probabilities(_log_shares(reader, [ids for ids, _ in encoded], label="answer"))
        return [
            Prediction(
                id=example.id,
                text=labels[int(row.argmax())],
                scores={label: float(share) for label, share in zip(labels, row, strict=True)},
                tokens_in=len(ids),
                cut=cut,
            )
            for example, (ids, cut), row in zip(examples, encoded, shares, strict=True)
        ]

    def notes(self, state: State) -> tuple[str, ...]:
        """The temperature."""
        return (Said("Temperature %(t)s, fitted on validation.", t=f"{_calibration(state).temperature:.2f}"),)


def _log_shares(reader: Reader, rows: Sequence[Sequence[int]], *, label: str) -> Any:
    """Log-probabilities of the labels, [len(rows), labels]."""
    logits = reader.model.logits(rows, reporter=reader.reporter, label=label)
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def _calibration(state: State) -> Calibration:
    kept = state["calibration"]
    return kept if isinstance(kept, Calibration) else Calibration(**kept)


head = ClassificationHead()
