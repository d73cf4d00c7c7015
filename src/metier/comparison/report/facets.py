"""Ways to divide the test set that a reader can name: by label, by length, by turns, by the fields of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from metier.core import Example

_MOST_VALUES = 30
"""A field with more different values is no way to divide, unless they are numbers."""
_FEWEST_EACH = 2
"""Values that fewer rows have are put together nowhere: such a row is in no part."""
_PARTS = 4
_LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One way to divide.

    Attributes:
        kind: where it comes from.
        name: the field's name; empty for the other kinds.
        values: what its parts are called: a label, a value of the field, or the range of a number (``12–80``).
        of: for each example the place in ``values``; -1 where it is in no part.
    """

    kind: Literal["label", "length", "turns", "field"]
    name: str
    values: tuple[str, ...]
    of: tuple[int, ...]


def facets(examples: Sequence[Example], *, labelled: bool) -> tuple[Facet, ...]:
    """Every way to divide ``examples`` into at least two parts."""
    found: list[Facet | None] = []
    if labelled:
        found.append(_by_value("label", "", [example.target or "" for example in examples], limit=len(examples)))
    found.append(_by_range("length", "", [float(len(example.input)) for example in examples]))
    found.append(_by_value("turns", "", [str(len(example.history)) for example in examples], limit=_MOST_VALUES))
    names = dict.fromkeys(name for example in examples for name in example.fields)
    found += [_by_field(name, [example.fields.get(name) for example in examples]) for name in names]
    return tuple(facet for facet in found if facet)


def _by_field(name: str, values: Sequence[Any]) -> Facet | None:
    """By value where there are few; else by range where all are numbers; dates by month."""
    texts = ["" if value is None else str(value).strip() for value in values]
    if len(set(texts) - {""}) <= _MOST_VALUES:
        return _by_value("field", name, texts, limit=_MOST_VALUES)
    numbers = [_number(text) for text in texts]
    if all(number is not None or not text for number, text in zip(numbers, texts, strict=True)):
        return _by_range("field", name, numbers)
    if all(not text or _is_date(text) for text in texts):
        return _by_value("field", name, [text[:7] for text in texts], limit=_MOST_VALUES)
    return None


def _by_value(kind: Literal["label", "turns", "field"], name: str, texts: Sequence[str], *, limit: int) -> Facet | None:
    counts = Counter(text for text in texts if text)
    kept = sorted(text for text, number in counts.items() if number >= _FEWEST_EACH and len(text) <= _LONGEST_VALUE)
    if len(kept) > limit or len(kept) < 2:
        return None
    if all(_number(text) is not None for text in kept):
        kept.sort(key=float)
    place = {text: index for index, text in enumerate(kept)}
    return Facet(kind=kind, name=name, values=tuple(kept), of=tuple(place.get(text, -1) for text in texts))


def _by_range(kind: Literal["length", "field"], name: str, numbers: Sequence[float | None]) -> Facet | None:
    """Quarters of about equal size, told by their smallest and largest member."""
    known = sorted(number for number in numbers if number is not None)
    if not known:
        return None
    edges = sorted({known[len(known) * part // _PARTS] for part in range(1, _PARTS)} - {known[0]})
    parts = [-1 if number is None else sum(number >= edge for edge in edges) for number in numbers]
    if len(set(parts) - {-1}) < 2:
        return None
    members: list[list[float]] = [[] for _ in range(len(edges) + 1)]
    for number, part in zip(numbers, parts, strict=True):
        if number is not None:
            members[part].append(number)
    values = tuple(f"{min(part):,g}–{max(part):,g}" for part in members)
    return Facet(kind=kind, name=name, values=values, of=tuple(parts))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None


def _is_date(text: str) -> bool:
    """Whether it begins like ``2026-03-14``."""
    year, month, day = text[:4], text[5:7], text[8:10]
    return text[4:5] == text[7:8] == "-" and year.isdecimal() and month.isdecimal() and day.isdecimal()
