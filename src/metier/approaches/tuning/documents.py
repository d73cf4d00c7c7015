"""Documents as training rows: windows of at most ``max_length`` tokens, every token learnt exactly once an epoch."""

from __future__ import annotations

from collections.abc import Sequence

from metier.approaches.system import TokenCount
from metier.approaches.tuning.likelihood import TextModel
from metier.approaches.tuning.rows import Prepared
from metier.core import Example
from metier.models import CausalModel, MaskedModel, document_marks, encode_document, span_marks, token_windows
from metier.training import Row
from metier.training.objectives import masked, spans
from metier.training.objectives.masked import Masking
from metier.training.objectives.spans import Corruption

_HIDDEN = "rows of similar length together, for what is hidden is drawn row by row"


def document_rows(model: TextModel, documents: Sequence[Example], *, max_length: int) -> Prepared:
    """Rows with loss on every token.

    Causal models learn the next token, from the first of a document to the mark behind its last; a window after the
    first begins with the last token of the one before. Encoders and encoder-decoder models learn hidden tokens: each
    carries the share of a row's tokens that a step hides.

    Args:
        model: gives the tokenizer.
        documents: raw texts.
        max_length: longest window in tokens, marks included.
    """
    make = _chains if isinstance(model, CausalModel) else _masked if isinstance(model, MaskedModel) else _plain
    rows: list[Row] = []
    counts: list[TokenCount] = []
    for document in documents:
        ids = encode_document(model.tokenizer, document.input)
        own = make(model, document.id, ids, max_length) if ids else []
        rows += own
        why = "" if own else "it has no tokens"
        counts.append(TokenCount(document.id, sum(row.trained_tokens for row in own), 0, why))
    if isinstance(model, CausalModel):
        return Prepared(rows, counts)
    if not isinstance(model, MaskedModel):
        corruption = Corruption(span_marks(model.tokenizer), document_marks(model.tokenizer).end)
        return Prepared(rows, counts, "spans", {"corruption": corruption}, _HIDDEN)
    masking = Masking(model.tokenizer.mask_token_id, len(model.tokenizer))
    return Prepared(rows, counts, "masked", {"masking": masking}, _HIDDEN)


def _chains(model: TextModel, name: str, ids: Sequence[int], size: int) -> list[Row]:
    begin, end = document_marks(model.tokenizer)
    whole = (*begin, *ids, *end)
    found: list[Row] = []
    for number, window in enumerate(token_windows(len(whole), size=size, overlap=1), 1):
        unlearnt = max(window.new - window.start, 0 if number > 1 else len(begin))
        weights = (0.0,) * unlearnt + (1.0,) * (window.end - window.start - unlearnt)
        row = Row(id=_name(name, number), ids=whole[window.start : window.end], weights=weights)
        found += [row] if row.trained_tokens else []
    return found


def _masked(model: TextModel, name: str, ids: Sequence[int], size: int) -> list[Row]:
    begin, end = document_marks(model.tokenizer)
    inner = size - len(begin) - len(end)
    return [
        Row(
            id=_name(name, number),
            ids=(*begin, *ids[window.start : window.end], *end),
            weights=(0.0,) * len(begin) + (masked.SHARE,) * (window.end - window.start) + (0.0,) * len(end),
        )
        for number, window in enumerate(token_windows(len(ids), size=inner, overlap=0), 1)
    ]


def _plain(model: TextModel, name: str, ids: Sequence[int], size: int) -> list[Row]:
    """Windows as they are: marks for hidden stretches and the end are set in every step."""
    inner = size - len(document_marks(model.tokenizer).end)
    return [
        Row(id=_name(name, number), ids=tuple(ids[w.start : w.end]), weights=(spans.SHARE,) * (w.end - w.start))
        for number, w in enumerate(token_windows(len(ids), size=inner, overlap=0), 1)
    ]


def _name(document: str, number: int) -> str:
    """The document itself, or one of its further windows."""
    return document if number == 1 else f"{document}#{number}"
