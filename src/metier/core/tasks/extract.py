"""Extraction (named entities, slots): pieces of a text, each with its place and its label.

A target is a JSON list of ``{"start", "end", "label", "text"}`` in the order of the text; places count characters, and
``end`` is the first that does not belong. A model that writes answers with a JSON object from each label that occurs to
its quotes (``{"Drug": ["aspirin"]}``), which are looked up in the text again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from metier.core.broken_json import loads_whatever
from metier.core.tasks import Reading, TaskForm

MOST_QUOTES = 50
"""Quotes of one label in a constrained answer, at most: a small model may repeat itself for ever."""
MOST_MOVED, MOST_TRIES = 50, 1000
"""Quotes that stand in each other's way are moved where there are at most so many, by so many tries."""
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
CHUNK = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|\W")
"""A quote is made of these: words, or the characters of scripts that put no spaces between words."""


class Span(NamedTuple):
    """A place in a text with its label; ``end`` is the first character that does not belong."""

    start: int
    end: int
    label: str


def target_of(text: str, spans: Iterable[Span]) -> str:
    """The target that states ``spans`` of ``text``.

    >>> target_of("two pizzas", [Span(0, 3, "number")])
    '[{"start": 0, "end": 3, "label": "number", "text": "two"}]'
    """
    entries = [{**span._asdict(), "text": text[span.start : span.end]} for span in sorted(set(spans))]
    return json.dumps(entries, ensure_ascii=False)


def spans_in(target: str) -> list[Span]:
    """The spans that a target states, in the order of the text."""
    return [Span(entry["start"], entry["end"], entry["label"]) for entry in json.loads(target)]


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """The longest spans that do not overlap, the first of equals first; in the order of the text.

    >>> without_overlaps([Span(0, 4, "a"), Span(2, 9, "b"), Span(9, 10, "c")])
    [Span(start=2, end=9, label='b'), Span(start=9, end=10, label='c')]
    """
    kept: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start - one.end, one)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept)


def _written(target: str) -> str:
    found: dict[str, list[str]] = {}
    for entry in json.loads(target):
        found.setdefault(entry["label"], []).append(entry["text"])
    return json.dumps(dict(sorted(found.items())), ensure_ascii=False)


def _read(answer: str, asked: str, labels: Sequence[str]) -> Reading:
    value, whole = loads_whatever(answer)
    if not isinstance(value, dict):
        return Reading("[]", False)
    quotes: list[tuple[str, str]] = []
    for label, said in cast("dict[str, Any]", value).items():
        items = cast("list[Any]", said) if isinstance(said, list) else [said]
        texts = [item.strip() for item in items if isinstance(item, str) and item.strip()]
        whole = whole and label in labels and len(texts) == len(items)
        quotes += [(label, text) for text in texts] if label in labels else []
    quotes.sort(key=lambda one: -len(one[1]))  # a short one may stand inside a long one
    places = [_places(quote, asked) for _, quote in quotes]
    spans = [
        Span(place, place + len(quote), label)
        for (label, quote), place in zip(quotes, _apart([len(quote) for _, quote in quotes], places), strict=True)
        if place is not None
    ]
    return Reading(target_of(asked, spans), whole and len(spans) == len(quotes))


def _places(quote: str, text: str) -> list[int]:
    """Where a quote stands, best first: in the same case, as whole words, early."""
    places: dict[int, None] = {}
    for wanted, where in ((quote, text), (quote.lower(), text.lower())):
        if len(where) == len(text):  # some letters change their length with their case
            some = [found.start() for found in re.finditer(re.escape(wanted), where)]
            some.sort(key=lambda place: _cuts(text, place) or _cuts(text, place + len(quote)))
            places |= dict.fromkeys(some)
    return list(places)


def _apart(lengths: Sequence[int], places: Sequence[Sequence[int]]) -> list[int | None]:
    """A place for each piece so that none overlap: the best free one; others where that leaves a piece none."""
    found: list[int | None] = []
    for length, some in zip(lengths, places, strict=True):
        found.append(next((place for place in some if _free(place, length, lengths, found)), None))
    missing = sum(place is None for place in found)
    possible = all(places) and len(places) <= MOST_MOVED
    return (_searched(lengths, places) or found) if missing and possible else found


def _searched(lengths: Sequence[int], places: Sequence[Sequence[int]]) -> list[int | None] | None:
    """Places for all by depth-first search; None where there are none, or none after ``MOST_TRIES``."""
    found: list[int | None] = []
    untried = [iter(places[0])]
    for _ in range(MOST_TRIES):
        at = len(found)
        place = next((place for place in untried[-1] if _free(place, lengths[at], lengths, found)), None)
        if place is None:
            untried.pop()
            if not found:
                return None
            found.pop()
            continue
        found.append(place)
        if len(found) == len(places):
            return found
        untried.append(iter(places[at + 1]))
    return None


def _free(place: int, length: int, lengths: Sequence[int], taken: Sequence[int | None]) -> bool:
    """Whether a piece can stand there beside those that have a place."""
    return all(
        other is None or place + length <= other or other + size <= place
        for other, size in zip(taken, lengths, strict=False)
    )


def _cuts(text: str, place: int) -> bool:
    """Whether a place is in the middle of a word."""
    return re.fullmatch(rf"[^\W{_UNSPACED}]{{2}}", text[max(place - 1, 0) : place + 1]) is not None


def _lark(labels: Sequence[str], asked: str) -> str:
    chunks = [json.dumps(chunk, ensure_ascii=False)[1:-1] for chunk in CHUNK.findall(asked)]
    lines = ['start: "{" from0 "}" | "{}"']
    for number, label in enumerate(labels):
        more = f" | from{number + 1}" if number + 1 < len(labels) else ""
        then = f' (", " from{number + 1})?' if number + 1 < len(labels) else ""
        key = json.dumps(json.dumps(label, ensure_ascii=False) + ": [", ensure_ascii=False)
        lines.append(f"from{number}: of{number}{then}{more}")
        lines.append(f'of{number}: {key} quote (", " quote){{0,{MOST_QUOTES - 1}}} "]"')
    lines += [
        'quote: "\\"" QUOTED "\\""',
        f"PIECE: %regex {json.dumps({'substring_chunks': chunks})}",
        "QUOTED: PIECE & /\\S(.|\\n)*/",
    ]
    return "\n".join(lines) if labels and asked.strip() else 'start: "{}"'


def _schema(labels: Sequence[str]) -> dict[str, Any]:
    quotes = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "properties": dict.fromkeys(labels, quotes),
        "required": list(labels),  # services that keep strictly to a schema want every key
        "additionalProperties": False,
    }


def _shown(target: str) -> str:
    """``Drug: aspirin · Disease: fever``; what is no target stays as it is."""
    try:
        return " · ".join(f"{entry['label']}: {entry['text']}" for entry in json.loads(target)) or "(nothing)"
    except (ValueError, TypeError, KeyError):
        return target


form = TaskForm(
    title="pieces of the text with labels",
    noun="answer",
    instruction="Find these in the text: {labels}.",
    metrics=("span_f1", "span_f1_partial", "span_macro_f1"),
    floors=("dictionary",),
    has_labels=True,
    placed=True,
    labels_of=lambda target: tuple(sorted({span.label for span in spans_in(target)})),
    told="Answer with a JSON object from each kind that occurs to a list of its words, copied from the text.",
    written=_written,
    read=_read,
    lark=_lark,
    schema=_schema,
    shown=_shown,
    value=json.loads,
)
