"""Encoders that foretell masked words: the body with the head of masked language modelling."""

from __future__ import annotations

from pathlib import Path

from metier.core import ModelError, Problem
from metier.models.device import Compute
from metier.models.documents import Marks, document_marks, encode_document
from metier.models.finding.headers import tensor_shapes
from metier.models.finding.source import ModelSource
from metier.models.lazy import LazyModel


class MaskedModel(LazyModel):
    """An encoder with its tokenizer and its head for masked words; its weights are loaded when first used.

    Args:
        source: the base model.
        compute: device and precision.
        weights: a folder with a PEFT adapter or a whole model, to use instead of the base's own weights.

    Raises:
        ModelError: the tokenizer has no mask token.
    """

    words = True

    def __init__(self, source: ModelSource, compute: Compute, *, weights: Path | None = None) -> None:
        super().__init__(source, compute, weights=weights)
        if self.tokenizer.mask_token_id is None:
            raise ModelError([_no_mask(source)])

    @property
    def max_tokens(self) -> int:
        """The longest text that it reads, in tokens, marks included."""
        return self.source.max_tokens

    @property
    def marks(self) -> Marks:
        """What stands around a text."""
        return document_marks(self.tokenizer)

    def encode(self, text: str) -> list[int]:
        """Token ids of a text without marks."""
        return encode_document(self.tokenizer, text)


def has_word_head(source: ModelSource) -> bool:
    """Whether an encoder's files hold the head that foretells masked words; sentence encoders are shipped without."""
    ends = [f".{part}." for part in source.profile.masked_head]
    return any(end in f".{name}" for name in tensor_shapes(source.path) for end in ends)


def _no_mask(source: ModelSource) -> Problem:
    return Problem(
        where=f"model {source.name!r}",
        expected="a tokenizer with a mask token, which masked language modelling needs",
        got="one without",
        remedy="choose another encoder, or a causal model",
    )
