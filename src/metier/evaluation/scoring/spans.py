"""Extraction: pieces of a text with a type, wanted and found.

Targets and answers are JSON, in either of two forms::

    [{"type": "Chemical", "text": "aspirin", "start": 10, "end": 17}, ...]
    {"Chemical": ["aspirin"], "Disease": []}

``label`` is read as ``type``; ``start`` and ``end`` (characters, the end not included) may be left out. Where all spans
of an item have them, spans are compared by place, otherwise by their text. What is no JSON has no spans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from metier.core import Example, Prediction, TaskKind
from metier.evaluation.scoring.overlap import Found
from metier.evaluation.scoring.squad import tokens
from metier.evaluation.scoring.structured import parsed
from metier.evaluation.statistics.item_mean import TEXT_KINDS
from metier.evaluation.statistics.pairing import pair


class Span(NamedTuple):
    """A piece of a text: its type, its words, and where it stands, if that is known."""

    type: str
    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeScore:
    """How well one type is found; flat, so that it is a row of a table.

    Attributes:
        type: the type.
        precision: share of the spans answered that are wanted; 0 where there are none.
        recall: share of the wanted ones that were found; 0 where there are none.
        f1: harmonic mean of the two.
        support: number of wanted ones.
    """

    type: str
    precision: float
    recall: float
    f1: float
    support: int


def spans_of(text: str) -> list[Span]:
    """The spans that a text states.

    >>> spans_of('{"Drug": ["aspirin"]}')
    [Span(type='Drug', text='aspirin', start=None, end=None)]
    """
    value = parsed(text)
    if isinstance(value, dict):
        lists = {name: item for name, item in cast(dict[str, Any], value).items() if isinstance(item, list)}
        return [Span(name, str(word)) for name, words in lists.items() for word in words]
    entries: list[Any] = cast(list[Any], value) if isinstance(value, list) else []
    return [_span(cast(dict[str, Any], entry)) for entry in entries if isinstance(entry, dict)]


def exact(target: str, answer: str) -> Found:
    """Spans of the right type in exactly the right place."""
    wanted, given, _ = _comparable(target, answer)
    return Found((Counter(wanted) & Counter(given)).total(), len(given), len(wanted))


def partial(target: str, answer: str) -> Found:
    """The same, and half of a span for one of the right type that only overlaps (as SemEval 2013, task 9.1).

    By text, two spans overlap where they share a word. Each span counts for one other at most.
    """
    wanted, given, placed = _comparable(target, answer)
    same = Counter(wanted) & Counter(given)
    left, others = list((Counter(wanted) - same).elements()), list((Counter(given) - same).elements())
    half = 0
    for span in left:
        near = next((other for other in others if other[0] == span[0] and _overlap(span, other, placed)), None)
        if near is not None:
            others.remove(near)
            half += 1
    return Found(same.total() + 0.5 * half, len(given), len(wanted))


def by_type(targets: Sequence[str], answers: Sequence[str]) -> dict[str, list[Found]]:
    """What is right, answered and wanted of each type, for every item."""
    items = [_comparable(target, answer) for target, answer in zip(targets, answers, strict=True)]
    types = sorted({span[0] for wanted, given, _ in items for span in (*wanted, *given)})
    found: dict[str, list[Found]] = {}
    for name in types:
        of_type = [
            ([s for s in wanted if s[0] == name], [s for s in given if s[0] == name]) for wanted, given, _ in items
        ]
        found[name] = [Found((Counter(w) & Counter(g)).total(), len(g), len(w)) for w, g in of_type]
    return found


def per_type(examples: Sequence[Example], predictions: Sequence[Prediction]) -> tuple[TypeScore, ...]:
    """Precision, recall and F1 of each type, by exact place.

    Raises:
        IntegrityError: examples and predictions do not belong together one to one.
    """
    pairs = pair(examples, predictions)
    return tuple(_type_score(name, items) for name, items in by_type(pairs.targets, pairs.answers).items())


def _type_score(name: str, items: Sequence[Found]) -> TypeScore:
    right, answered, wanted = (sum(column) for column in zip(*items, strict=True))
    return TypeScore(
        type=name,
        precision=right / answered if answered else 0.0,
        recall=right / wanted if wanted else 0.0,
        f1=2 * right / (answered + wanted) if answered + wanted else 0.0,
        support=int(wanted),
    )


SPAN_KINDS: tuple[TaskKind, ...] = ("extract", *TEXT_KINDS)
"""Kinds of task whose answers may be spans."""
_Key = tuple[Any, ...]


def _comparable(target: str, answer: str) -> tuple[list[_Key], list[_Key], bool]:
    """Wanted and given spans as keys that are equal where the spans are, and whether they are places."""
    wanted, given = spans_of(target), spans_of(answer)
    placed = all(span.start is not None and span.end is not None for span in (*wanted, *given))
    if placed:
        return [(s.type, s.start, s.end) for s in wanted], [(s.type, s.start, s.end) for s in given], True
    return [(s.type, *tokens(s.text)) for s in wanted], [(s.type, *tokens(s.text)) for s in given], False


def _overlap(one: _Key, other: _Key, placed: bool) -> bool:
    if placed:
        return one[1] < other[2] and other[1] < one[2]
    return bool({*one[1:]} & {*other[1:]})


def _span(entry: dict[str, Any]) -> Span:
    start, end = entry.get("start"), entry.get("end")
    whole = isinstance(start, int) and isinstance(end, int)
    name = entry.get("type", entry.get("label", ""))
    return Span(str(name), str(entry.get("text", "")), start if whole else None, end if whole else None)
