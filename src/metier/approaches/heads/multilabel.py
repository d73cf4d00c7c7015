"""Multi-label classification: a sigmoid for each label, and one threshold for all, chosen on validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.approaches.heads import Reader, State
from metier.approaches.label_sets import answer, best_threshold, wanted_labels
from metier.approaches.tuning.rows import Prepared, text_rows
from metier.core import Example, Prediction, Task
from metier.core.said import Said
from metier.data import Dataset


class MultilabelHead:
    """One number a label, each by itself."""

    tokens = False
    summary = "a sigmoid for each label"

    def outputs(self, task: Task, state: State) -> int:
        """One for each label."""
        return len(task.labels)

    def settle(self, reader: Reader, train: Sequence[Example]) -> State:
        """Nothing."""
        return {}

    def rows(self, reader: Reader, examples: Sequence[Example], state: State) -> Prepared:
        """Texts with a 1 for each of their labels."""
        wanted = wanted_labels(examples, reader.task.labels).tolist()
        return text_rows(
            reader.model,
            examples,
            [{"wanted": tuple(row)} for row in wanted],
            "labelling",
            max_length=reader.max_length,
        )

    def fit(self, reader: Reader, dataset: Dataset, state: State) -> State:
        """The threshold with the best micro-F1 on validation."""
        rows = [reader.model.encode(e.input, max_length=reader.max_length)[0] for e in dataset.validation]
        wanted = wanted_labels(dataset.validation, dataset.task.labels)
        return {"threshold": best_threshold(_shares(reader, rows, label="threshold"), wanted)}

    def predict(self, reader: Reader, examples: Sequence[Example], state: State) -> list[Prediction]:
        """The labels that reach the threshold, with the probability of each."""
        labels = reader.task.labels
        encoded = [reader.model.encode(example.input, max_length=reader.max_length) for example in examples]
        shares = _shares(reader, [ids for ids, _ in encoded], label="answer")
        return [
            Prediction(
                id=example.id,
                text=answer(row, labels, state["threshold"]),
                scores={label: float(share) for label, share in zip(labels, row, strict=True)},
                tokens_in=len(ids),
                cut=cut,
            )
            for example, (ids, cut), row in zip(examples, encoded, shares, strict=True)
        ]

    def notes(self, state: State) -> tuple[str, ...]:
        """The threshold."""
        told = "A label is answered from a probability of %(threshold)s on, chosen on validation."
        return (Said(told, threshold=f"{state['threshold']:.2f}"),)


def _shares(reader: Reader, rows: Sequence[Sequence[int]], *, label: str) -> Any:
    """Probability of each label, [len(rows), labels]."""
    from scipy.special import expit

    return expit(reader.model.logits(rows, reporter=reader.reporter, label=label))


head = MultilabelHead()
