"""What the values of each column are like: counted over all rows, in memory that does not grow with the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from metier.core import DataError, Problem
from metier.core.names import listed
from metier.data.auditing.personal import personal_patterns
from metier.data.understanding.seen_text import is_html
from metier.data.understanding.spoken import is_spoken
from metier.data.values import YES_NO, is_blank, is_nested, shorten, text_of

ValueKind = Literal["text", "number", "boolean", "date", "labels", "list", "empty"]
"""``labels`` are lists of plain values, ``list`` are objects and lists of them."""
Role = Literal["input", "target", "group", "split", "date", "id", "constant", "personal", "number", "other"]

MOST_DISTINCT = 100_000
"""Distinct values are counted up to here."""
LONGEST_SHARED = 4_000
"""Characters of a value that are compared to find the most frequent one."""
_LOOKED_AT = 1_000
"""Values of a column whose pattern (date, number, personal) is looked at."""
_MOST_COLUMNS = 1_000
_EXAMPLES = 3
_MOST_CHOICES = 50
_MOSTLY = 0.9
_NUMBER = re.compile(
    r"[+-]?[$€£¥]?\s?[+-]?(\d{1,3}(,\d{3})+(\.\d+)?|\d{1,3}(\.\d{3})+,\d+|\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?\s?[%$€£¥]?"
)
_FRACTION = re.compile(r"\.\d*[1-9]|,(\d{1,2}|\d{4,})(?!\d)|[eE]-")
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ]\d{1,2}:\d{2}.*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( \d{1,2}:\d{2}.*)?"
)
_MARKS = ("|", ";", ",")
_LONGEST_PART = 40
"""Characters of a label among several in one cell."""
_BOOLEANS = frozenset(word for pair in YES_NO for word in pair if word.isalpha())


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the data, described.

    Attributes:
        name: as in the file; dotted for a field inside an object.
        values: what its cells are.
        filled: cells that hold something.
        rows: rows of the data.
        distinct: different values, counted up to 100,000.
        counted: filled cells among which they were counted: all, unless there are more different ones than that.
        mean_characters: mean length of the filled cells.
        examples: the first few different values, shortened.
        choices: all different values, sorted, where there are at most 50.
        several: some cell is a list of no or of several labels.
        spoken: every filled cell is a conversation: a list of turns with speaker and text.
        fractions: some cell is a number that is not whole.
        between: the mark between labels where cells seem to hold several (``late; broken``); empty where they do not.
        html: share of the first 1,000 filled cells that hold tags or entities of HTML.
        frequent: the most frequent of the first 1,000 filled cells, its first 4,000 characters.
        personal: kind of personal data that values seem to hold, to the share of the looked-at cells that do.
        role: what it is taken for.
        reason: why, in a sentence.
    """

    name: str
    values: ValueKind
    filled: int
    rows: int
    distinct: int
    counted: int
    mean_characters: float
    examples: tuple[str, ...]
    choices: tuple[str, ...] = ()
    several: bool = False
    spoken: bool = False
    fractions: bool = False
    between: str = ""
    html: float = 0.0
    frequent: str = ""
    personal: Mapping[str, float]
    role: Role = "other"
    reason: str = ""

    @property
    def repeats(self) -> float:
        """Mean number of cells of one value."""
        return self.counted / max(self.distinct, 1)

    @property
    def is_unique(self) -> bool:
        """Every row has a value, and no two the same."""
        return self.filled == self.rows > 1 and self.distinct == self.counted


class _Tally:
    """Running counts of one column."""

    def __init__(self) -> None:
        self.filled = self.counted = self.characters = self.lists = self.labels = 0
        self.looked = self.spoken = self.html = 0
        self.seen: set[int] = set()
        self.kinds: Counter[str] = Counter()
        self.personal: Counter[str] = Counter()
        self.common: Counter[str] = Counter()
        self.choices: set[str] = set()
        self.several = self.fractions = False
        self.examples: list[str] = []

    def add(self, value: Any) -> None:
        if isinstance(value, list) and not any(map(is_nested, cast("list[Any]", value))):
            self.labels += 1
            self.several = self.several or len(cast("list[Any]", value)) != 1
            value = ", ".join(sorted({text_of(item).strip() for item in cast("list[Any]", value)})) or "none"
        elif is_nested(value):
            if value:
                self.filled += 1
                self.lists += 1
                self.spoken += is_spoken(value)
                self._show(repr(value)[:200])
            return
        text = text_of(value)
        if is_blank(text):
            return
        self.filled += 1
        self.characters += len(text)
        if len(self.seen) < MOST_DISTINCT:
            self.counted += 1
            self.seen.add(hash(text.strip()))
        if len(self.choices) <= _MOST_CHOICES:
            self.choices.add(text.strip())
        if self.looked < _LOOKED_AT:
            self._look(value, text)

    def _look(self, value: Any, text: str) -> None:
        self.looked += 1
        kind = _kind(value, text.strip())
        self.kinds[kind] += 1
        self.fractions = self.fractions or (kind == "number" and _FRACTION.search(text) is not None)
        self.personal.update(personal_patterns(text[:2_000]))
        self.html += is_html(text[:2_000])
        self.common[text.strip()[:LONGEST_SHARED]] += 1
        self._show(text)

    def _show(self, text: str) -> None:
        shown = text_of(shorten(text))
        if len(self.examples) < _EXAMPLES and shown not in self.examples:
            self.examples.append(shown)

    def column(self, name: str, rows: int) -> Column:
        return Column(
            name=name,
            values=self._values(),
            filled=self.filled,
            rows=rows,
            distinct=len(self.seen),
            counted=self.counted,
            mean_characters=round(self.characters / max(self.filled - self.lists, 1), 1),
            examples=tuple(self.examples),
            choices=tuple(sorted(self.choices)) if len(self.choices) <= _MOST_CHOICES else (),
            several=self.several,
            spoken=0 < self.filled == self.spoken,
            fractions=self.fractions,
            between=_between(self.common),
            html=round(self.html / max(self.looked, 1), 3),
            frequent=self.common.most_common(1)[0][0] if self.common else "",
            personal={kind: round(number / self.looked, 3) for kind, number in sorted(self.personal.items())},
        )

    def _values(self) -> ValueKind:
        if not self.filled:
            return "empty"
        if self.lists:
            return "list"
        if self.labels:
            return "labels"
        for kind in ("number", "boolean", "date"):
            if self.kinds[kind] >= _MOSTLY * self.looked:
                return kind
        return "text"


def _between(cells: Iterable[str]) -> str:
    """The mark between short parts that come back in other cells, by itself or beside others; empty: there is none.

    Lists of lists, as a program writes them, hold no labels.
    """
    cells = list(cells)
    if any(cell.startswith("[[") for cell in cells):
        return ""
    for mark in _MARKS:
        parts = [[part.strip() for part in cell.split(mark)] for cell in cells]
        every = [part for cell in parts for part in cell]
        short = all(0 < len(part) <= _LONGEST_PART for part in every)
        if short and any(len(cell) > 1 for cell in parts) and len(set(every)) < len(every):
            return mark
    return ""


def _kind(value: Any, text: str) -> str:
    if isinstance(value, bool) or text.lower() in _BOOLEANS:
        return "boolean"
    if isinstance(value, int | float) or (len(text) < 40 and _NUMBER.fullmatch(text)):
        return "number"
    return "date" if len(text) < 40 and _DATE.fullmatch(text) else "text"


class ColumnTallies:
    """Counts the columns of flat rows as they come."""

    def __init__(self) -> None:
        self._tallies: dict[str, _Tally] = {}
        self.rows = 0

    def add(self, values: Mapping[str, Any], *, where: str) -> None:
        """Count one row.

        Raises:
            DataError: more than 1,000 different names: what stands in the place of column names are values.
        """
        self.rows += 1
        for name, value in values.items():
            if name not in self._tallies:
                self._tallies[name] = _Tally()
                self._check_number(where)
            self._tallies[name].add(value)

    def columns(self) -> tuple[Column, ...]:
        """The columns in the order in which they were first seen."""
        return tuple(tally.column(name, self.rows) for name, tally in self._tallies.items())

    def _check_number(self, where: str) -> None:
        if len(self._tallies) > _MOST_COLUMNS:
            got = f"more: {listed(list(self._tallies)[-3:])} ..."
            remedy = "give every row the same names; keep changing values out of the names"
            expected = f"at most {_MOST_COLUMNS:,} columns"
            raise DataError([Problem(where=where, expected=expected, got=got, remedy=remedy)])


def by_name(columns: Iterable[Column]) -> dict[str, Column]:
    """Columns by their name."""
    return {column.name: column for column in columns}
