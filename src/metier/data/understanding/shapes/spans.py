"""Marked spans: a text and a list of places in it with a label each, whatever the keys are called.

``{"text": ..., "entities": [{"start": 3, "end": 9, "label": "date"}]}``, ``[[3, 9, "date"]]``, places inside an object
(``valueSpan.startIndex``), the same as JSON text in a cell. A start that is left out is 0; places count characters, and
``end`` is the first that does not belong.

The target is that of :mod:`metier.core.tasks.extract`: a JSON list of places with labels and words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from metier.core.tasks.extract import Span, form, target_of
from metier.data.understanding.exchanges import Exchange
from metier.data.understanding.shapes import MalformedRowError, Roles, Shape, Values
from metier.data.values import flatten, text_of

_STARTS = frozenset({"start", "startindex", "start_offset", "start_char", "begin", "from", "offset", "start_idx"})
_ENDS = frozenset({"end", "endindex", "end_offset", "end_char", "to", "stop", "end_idx"})
_LABELS = ("label", "slot", "type", "entity", "entity_type", "tag", "category", "class", "labels", "name")
_COLUMNS = ("entities", "spans", "labels", "label", "annotations", "ner", "slots", "tags", "relations")
_TEXTS = ("text", "sentence", "content", "message", "utterance", "document", "body", "data")


def _span(item: Any) -> Span | None:
    """A span, or None for what is none."""
    if isinstance(item, list) and len(cast("list[Any]", item)) == 3:
        start, end, label = cast("list[Any]", item)
        if isinstance(start, int) and isinstance(end, int) and isinstance(label, str):
            return Span(start, end, label)
        return None
    if not isinstance(item, Mapping):
        return None
    flat = {name.rpartition(".")[2].lower(): value for name, value in flatten(cast("Mapping[str, Any]", item)).items()}
    end = next((flat[name] for name in _ENDS if isinstance(flat.get(name), int)), None)
    start = next((flat[name] for name in _STARTS if isinstance(flat.get(name), int)), 0)
    label: Any = next((flat[name] for name in _LABELS if flat.get(name)), None)
    label = label[0] if isinstance(label, list) and label else label
    return Span(start, end, label) if end is not None and isinstance(label, str) else None


def _items(value: Any) -> list[Any] | None:
    """A list, also one written as JSON; None for anything else."""
    if isinstance(value, str) and value.lstrip().startswith("[") and value.rstrip().endswith("]"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return cast("list[Any]", value) if isinstance(value, list) else None


def _column(row: Values) -> str | None:
    for name, value in row.items():
        items = _items(value)
        if items and all(_span(item) is not None for item in items):
            return name
    return None


def _text(row: Values, column: str | None) -> str:
    cells = {name: value for name, value in flatten(row).items() if isinstance(value, str) and name != column}
    named = [value for name, value in cells.items() if name.rpartition(".")[2].lower() in _TEXTS]
    return text_of(max(named or cells.values(), key=len, default=""))


def _exchange(row: Values, roles: Roles) -> Exchange:
    column = _column(row) or next((name for name in _COLUMNS if _items(row.get(name)) is not None), None)
    text = _text(row, column)
    return Exchange(text, spans_target(text, row.get(column) if column is not None else None))


def spans_target(text: str, cell: Any) -> str:
    """The target that a cell with marked places states for a text.

    Raises:
        MalformedRowError: something in it is no place in the text.
    """
    spans: list[Span] = []
    items = _items(cell)
    if items is None and cell is not None:
        raise MalformedRowError(f"{cell!r:.80}, which is no list of places")
    for item in items or []:
        span = _span(item)
        if span is None or not 0 <= span.start < span.end <= len(text):
            raise MalformedRowError(f"the span {item!r:.80} in a text of {len(text):,} characters")
        spans.append(span)
    return target_of(text, spans)


shape = Shape(
    title="Texts with marked spans",
    signature="a text and a list of places in it with labels",
    columns=(*_COLUMNS, *_TEXTS),
    kind="extract",
    matches=lambda row: _column(row) is not None,
    exchange=_exchange,
    instruction=form.instruction,
    rank=1,
    share=0.1,
)
