"""The models behind a search: the embedder, the run's own or one trained for the approach, and a trained reranker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metier.approaches.resources import Resources
from metier.core import Reporter, Silent
from metier.core.artifacts import read_json
from metier.models import EncoderModel

EMBEDDER, RERANKER = "embedder", "reranker"
"""Folders below the approach's, with ``weights`` in the Hugging Face layout."""


class TextEncoder:
    """An encoder as an index wants it.

    Args:
        model: makes the vectors.
        reporter: told of the progress.
        fingerprint: names its weights; vectors of different ones must not meet.
    """

    def __init__(self, model: EncoderModel, reporter: Reporter, fingerprint: str) -> None:
        self.model, self.fingerprint = model, fingerprint
        self._reporter = reporter

    def embed(self, texts: Sequence[str]) -> Any:
        """Unit vectors, float32 [len(texts), width]; nothing is kept."""
        return self.model.embed(texts, reporter=self._reporter, label="embed")

    def count(self, text: str) -> int:
        """Tokens without the special ones."""
        return len(self.model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    @property
    def longest(self) -> int:
        """What the encoder reads, less its special tokens."""
        return self.model.max_tokens - self.model.tokenizer.num_special_tokens_to_add()

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return int(self.model.module.config.hidden_size)


class TextReranker:
    """A cross-encoder: reads a question and a passage together."""

    def __init__(self, model: EncoderModel) -> None:
        self._model = model

    def rate(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers; higher is better, comparable within one question."""
        rows = [encode_pair(self._model, question, text) for text in texts]
        return [float(score) for score in self._model.logits(rows, reporter=Silent())[:, 0]]


def encode_pair(model: EncoderModel, question: str, text: str) -> list[int]:
    """Token ids of a question and a text read together; the longer one is cut where both do not fit."""
    return model.tokenizer(question, text, truncation="longest_first", max_length=model.max_tokens)["input_ids"]


def weights_of(folder: Path, part: str) -> Path | None:
    """Where trained weights of a part lie; None where there are none."""
    weights = folder / part / "weights"
    return weights if (weights / "training.json").is_file() else None


def embedder_of(folder: Path, resources: Resources) -> TextEncoder:
    """The embedder that was trained for the approach in ``folder``, or else the run's."""
    weights = weights_of(folder, EMBEDDER)
    if weights is None:
        return TextEncoder(resources.encoder, resources.reporter, resources.encoder.source.fingerprint)
    model = EncoderModel(resources.source(resources.embedder), resources.compute, weights=weights)
    return TextEncoder(model, resources.reporter, read_json(weights / "training.json")["key"])


def reranker_of(folder: Path, resources: Resources) -> TextReranker | None:
    """The reranker that was trained for the approach in ``folder``; None where there is none."""
    weights = weights_of(folder, RERANKER)
    if weights is None:
        return None
    source = resources.source(resources.embedder)
    return TextReranker(EncoderModel(source, resources.compute, weights=weights, outputs=1))
