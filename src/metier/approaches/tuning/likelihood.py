"""How well models foretell documents, in bits: every token of a text counts once, and nothing is cut.

Causal models: the negative log2 likelihood of all tokens, each after all that stands before it in its window. Encoders:
each token is hidden once, a seventh of them at a time, and foretold from both sides (the pseudo-likelihood of Salazar
et al. 2020, arXiv 1910.14659, with as many tokens hidden as in training). Encoder-decoder models: likewise in stretches
of three, each token in the order in which the decoder writes it. The three are not comparable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from metier.core import Reporter, derive, step
from metier.models import (
    CausalModel,
    Compute,
    MaskedModel,
    ModelSource,
    Seq2SeqModel,
    Window,
    document_marks,
    encode_document,
    span_marks,
    token_windows,
)
from metier.training import Answered, answer_log_probs, word_log_probs, written_log_probs
from metier.training.objectives.spans import LENGTH, Corruption, corrupted

WINDOW = 1024
"""Longest window that a document is measured in, in tokens; the same for all models that can take it."""
CONTEXT = 4
"""A window after the first begins with one part in so many of context."""
ROUNDS = 7
"""Passes over a document in which an encoder foretells each token once: 1 / 7 is about the 15% of training."""
TOKENS_A_BATCH = 2048
"""Upper bound of tokens (windows times the longest) that one forward pass takes."""

TextModel = CausalModel | MaskedModel | Seq2SeqModel
"""Models that foretell raw text."""


def for_words(source: ModelSource) -> ModelSource:
    """A model as it foretells words: of an encoder, with the head for masked ones in place of that for answers."""
    return replace(source, profile=source.profile.for_words())


def text_class(source: ModelSource) -> type[CausalModel] | type[MaskedModel] | type[Seq2SeqModel]:
    """What foretells raw text for a source's family."""
    return {"causal": CausalModel, "encoder": MaskedModel}.get(source.profile.family, Seq2SeqModel)


def text_model(source: ModelSource, compute: Compute, *, weights: Path | None = None) -> TextModel:
    """The model of a source's family that foretells raw text.

    Args:
        source: from :func:`for_words`.
        compute: device and precision.
        weights: a folder with a PEFT adapter, or with a whole model, to use instead of the base's own weights.
    """
    return text_class(source)(source, compute, weights=weights)


class Foretold(NamedTuple):
    """What a model needs to foretell a document.

    Attributes:
        bits: negative log2 likelihood of its tokens.
        tokens: how many these are.
    """

    bits: float
    tokens: int


class _Piece(NamedTuple):
    """A window of a document.

    Attributes:
        document: its place.
        ids: what the model reads, or is to write where it reads something else.
        places: of the tokens in ``ids`` that are foretold.
        source: encoder-decoder models: what the encoder reads.
    """

    document: int
    ids: tuple[int, ...]
    places: tuple[int, ...]
    source: tuple[int, ...] = ()

    @property
    def longest(self) -> int:
        """Tokens that it takes in a batch."""
        return len(self.ids) + len(self.source)


def foretold(model: TextModel, texts: Sequence[str], *, reporter: Reporter, label: str = "read") -> list[Foretold]:
    """What a model needs to foretell each text; 0 bits for an empty one."""
    encoded = [encode_document(model.tokenizer, text) for text in texts]
    make, score = _ways(model)
    pieces = [piece for document, ids in enumerate(encoded) if ids for piece in make(model, document, ids)]
    first = 0.0 if _begins(model) else math.log(len(model.tokenizer))  # a token that stands behind nothing: a guess
    nats = [first if ids else 0.0 for ids in encoded]
    import torch

    with step(reporter, label, len(pieces), unit="windows") as bar, torch.no_grad():
        for batch in _by_length(pieces):
            for piece, log_prob in zip(batch, score(model, batch), strict=True):
                nats[piece.document] -= log_prob
            bar.advance(len(batch))
    return [Foretold(each / math.log(2), len(ids)) for each, ids in zip(nats, encoded, strict=True)]


def _ways(model: TextModel) -> tuple[Callable[..., list[_Piece]], Callable[..., list[float]]]:
    """How a document becomes pieces for a model, and how these are scored."""
    if isinstance(model, CausalModel):
        return _chain_pieces, _chain_scores
    return (_masked_pieces, _masked_scores) if isinstance(model, MaskedModel) else (_span_pieces, _span_scores)


def _begins(model: TextModel) -> bool:
    return not isinstance(model, CausalModel) or bool(document_marks(model.tokenizer).begin)


def _by_length(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces of similar length together, the longest first."""
    batches: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.longest):
        if not batches or (len(batches[-1]) + 1) * batches[-1][0].longest > TOKENS_A_BATCH:
            batches.append([])
        batches[-1].append(piece)
    return batches


def _chain_pieces(model: Any, document: int, ids: Sequence[int]) -> list[_Piece]:
    """Windows behind the mark that begins a document, which is never foretold itself."""
    marks = document_marks(model.tokenizer).begin
    size = min(WINDOW, model.max_tokens)
    whole = (*marks, *ids)

    def new(window: Window) -> tuple[int, ...]:
        return tuple(range(max(window.new, len(marks), 1) - window.start, window.end - window.start))

    found = token_windows(len(whole), size=size, overlap=size // CONTEXT)
    return [_Piece(document, whole[w.start : w.end], new(w)) for w in found]


def _chain_scores(model: Any, pieces: Sequence[_Piece]) -> list[float]:
    rows = [Answered(piece.ids, _weights(piece)) for piece in pieces]
    pad, device = model.tokenizer.pad_token_id, model.compute.device
    sums, _ = answer_log_probs(model.module, rows, pad=pad, device=device, layout="padded")
    return sums.double().tolist()


def _weights(piece: _Piece) -> tuple[float, ...]:
    wanted = set(piece.places)
    return tuple(float(place in wanted) for place in range(len(piece.ids)))


def _masked_pieces(model: Any, document: int, ids: Sequence[int]) -> list[_Piece]:
    """Each window of a document seven times, with other tokens hidden each time."""
    begin, end = model.marks
    size = min(WINDOW, model.max_tokens) - len(begin) - len(end)
    found: list[_Piece] = []
    for window in token_windows(len(ids), size=size, overlap=0):
        order = list(range(len(begin), len(begin) + window.end - window.start))
        Random(derive(0, "rounds", *ids[window.start : window.end])).shuffle(order)
        shown = (*begin, *ids[window.start : window.end], *end)
        hidden = [tuple(sorted(order[part::ROUNDS])) for part in range(ROUNDS)]
        found += [_Piece(document, shown, places) for places in hidden if places]
    return found


def _masked_scores(model: Any, pieces: Sequence[_Piece]) -> list[float]:
    shown = [
        [model.tokenizer.mask_token_id if place in set(piece.places) else id_ for place, id_ in enumerate(piece.ids)]
        for piece in pieces
    ]
    wanted = [[(place, piece.ids[place]) for place in piece.places] for piece in pieces]
    pad, device = model.tokenizer.pad_token_id, model.compute.device
    return word_log_probs(model.module, shown, wanted, pad=pad, device=device).double().tolist()


def _span_pieces(model: Any, document: int, ids: Sequence[int]) -> list[_Piece]:
    """Each window of a document seven times, with other stretches of three tokens hidden each time."""
    corruption = Corruption(span_marks(model.tokenizer), document_marks(model.tokenizer).end)
    marks, most = {*corruption.marks}, ROUNDS * LENGTH * (len(corruption.marks) - 1)
    size = min(WINDOW, model.max_tokens - len(corruption.end), most)
    found: list[_Piece] = []
    for window in token_windows(len(ids), size=size, overlap=0):
        own = ids[window.start : window.end]
        stretches = [(start, min(start + LENGTH, len(own))) for start in range(0, len(own), LENGTH)]
        for part in range(ROUNDS):
            if spans := stretches[part::ROUNDS]:
                source, target = corrupted(own, spans, corruption)
                inner = len(target) - len(corruption.end)
                places = tuple(place for place in range(inner) if target[place] not in marks)
                found.append(_Piece(document, target, places, source))
    return found


def _span_scores(model: Any, pieces: Sequence[_Piece]) -> list[float]:
    rows = [Answered(piece.ids, _weights(piece)) for piece in pieces]
    pad, device = model.tokenizer.pad_token_id, model.compute.device
    sums = written_log_probs(model.module, [piece.source for piece in pieces], rows, pad=pad, device=device)
    return sums.double().tolist()
