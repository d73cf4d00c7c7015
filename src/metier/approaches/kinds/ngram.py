"""A floor for raw text: a byte n-gram model counted on the training documents. Needs no model and no tokenizer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metier.approaches.floors.byte_ngrams import MOST_BYTES, ORDER, ByteNgrams
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built, Floor
from metier.core import Example, Prediction, Record, Task
from metier.core.said import Said
from metier.data import Dataset


@dataclass(frozen=True)
class NgramSystem:
    """Foretells each byte from the few before it."""

    model: ByteNgrams

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Bits that each document takes."""
        texts = [example.input.encode() for example in examples]
        return [
            Prediction(id=example.id, text="", bits=self.model.bits(text), bytes=len(text))
            for example, text in zip(examples, texts, strict=True)
        ]


class Ngram(Floor):
    """Counts bytes."""

    def applies(self, task: Task) -> str:
        """Works for ``continue``."""
        return "" if task.kind == "continue" else Said("It foretells raw text, and this task has answers.")

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Count the training documents, up to a number of bytes."""
        from safetensors.numpy import save_file

        started = time.perf_counter()
        left, texts = MOST_BYTES, list[bytes]()
        for example in dataset.train:
            if left > 0:
                texts.append(example.input.encode()[:left])
                left -= len(texts[-1])
        model = ByteNgrams.count(texts)
        tensors = {f"keys{order}": keys for order, keys in enumerate(model.keys)}
        tensors |= {f"counts{order}": counts for order, counts in enumerate(model.counts)}
        save_file(tensors, folder / "ngrams.safetensors")
        numbers = sum(len(keys) for keys in model.keys)
        note = Said(
            "%(n)s of %(all)s training documents were counted (%(bytes)s bytes).",
            n=f"{len(texts):,}",
            all=f"{len(dataset.train):,}",
            bytes=f"{MOST_BYTES - left:,}",
        )
        return Built(
            Record(
                approach=name,
                summary=Said("Floor: counts which byte follows which %(n)s.", n=str(ORDER)),
                seconds={"train": time.perf_counter() - started},
                trainable_parameters=numbers,
                total_parameters=numbers,
                trained_examples=len(texts),
                notes=(note,),
                seed=resources.seed,
                rows_in_weights=len(texts),
            )
        )

    def load(self, folder: Path, task: Task, resources: Resources) -> NgramSystem:
        """Read the counts."""
        from safetensors.numpy import load_file

        tensors = load_file(folder / "ngrams.safetensors")
        orders = range(ORDER + 1)
        return NgramSystem(ByteNgrams([tensors[f"keys{k}"] for k in orders], [tensors[f"counts{k}"] for k in orders]))


kind = Ngram()
