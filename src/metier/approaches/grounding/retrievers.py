"""The models behind a search: the embedder, the run's own or one trained for the approach, and a trained reranker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metier.approaches.resources import Resources
from metier.core import Reporter, Silent
from metier.core.artifacts import hash_value, read_json
from metier.models import EncoderModel, ModelSource
from metier.retrieval import RerankSettings, RetrievalSettings

EMBEDDER, RERANKER = "embedder", "reranker"
"""Folders below the approach's, with ``weights`` in the Hugging Face layout."""


class Prefixes(NamedTuple):
    """What an embedder wants before a question and before a passage."""

    question: str = ""
    passage: str = ""


def prefixes_of(settings: RetrievalSettings, source: ModelSource) -> Prefixes:
    """As the recipe says, else as the embedder's own folder does."""
    question, passage = settings.question_prefix, settings.passage_prefix
    return Prefixes(
        source.sentence.question_prefix if question is None else question,
        source.sentence.passage_prefix if passage is None else passage,
    )


class TextEncoder:
    """An encoder as an index wants it.

    Args:
        model: makes the vectors.
        reporter: told of the progress.
        fingerprint: names its weights; vectors of different ones must not meet.
        prefixes: what stands before every text.
    """

    def __init__(
        self, model: EncoderModel, reporter: Reporter, fingerprint: str, prefixes: Prefixes | None = None
    ) -> None:
        self.model, self.prefixes = model, prefixes or Prefixes()
        self.fingerprint = hash_value([fingerprint, self.prefixes.passage]) if self.prefixes.passage else fingerprint
        self._reporter = reporter

    def embed(self, texts: Sequence[str]) -> Any:
        """Unit vectors of passages, float32 [len(texts), width]; nothing is kept."""
        return self._embedded([self.prefixes.passage + text for text in texts])

    def embed_questions(self, texts: Sequence[str]) -> Any:
        """Unit vectors of questions, likewise."""
        return self._embedded([self.prefixes.question + text for text in texts])

    def _embedded(self, texts: Sequence[str]) -> Any:
        return self.model.embed(texts, reporter=self._reporter, label="embed")

    def count(self, text: str) -> int:
        """Tokens without the special ones."""
        return len(self.model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    @property
    def longest(self) -> int:
        """What the encoder reads of a passage, less its special tokens and what stands before it."""
        before = self.count(self.prefixes.passage) if self.prefixes.passage else 0
        return self.model.max_tokens - self.model.tokenizer.num_special_tokens_to_add() - before

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


def embedder_of(folder: Path, resources: Resources, settings: RetrievalSettings) -> TextEncoder:
    """The embedder that was trained for the approach in ``folder``, or else the run's."""
    weights, source = weights_of(folder, EMBEDDER), resources.encoder.source
    prefixes = prefixes_of(settings, source)
    if weights is None:
        return TextEncoder(resources.encoder, resources.reporter, source.fingerprint, prefixes)
    model = EncoderModel(source, resources.compute, weights=weights)
    return TextEncoder(model, resources.reporter, read_json(weights / "training.json")["key"], prefixes)


def reranker_of(folder: Path, resources: Resources, settings: RetrievalSettings) -> TextReranker | None:
    """The reranker that was trained for the approach in ``folder``, or else the ready one that the recipe names.

    None where there is neither; a ready one that was to be trained is not used where that made nothing better.
    """
    if settings.rerank is None:
        return None
    weights, source = weights_of(folder, RERANKER), reranker_source(settings.rerank, resources)
    if weights is None and settings.rerank.train:
        return None
    return TextReranker(EncoderModel(source, resources.compute, weights=weights, outputs=1))


def reranker_source(settings: RerankSettings, resources: Resources) -> ModelSource:
    """The model that a reranker is, or is made of."""
    return resources.source(settings.model or resources.embedder)
