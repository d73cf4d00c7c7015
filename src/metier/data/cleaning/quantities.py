"""Numbers as people write them in a column: with thousands apart, in a currency, as percentages, or not at all.

How a column is written is decided once for all rows, by what can mean only one thing; what stays unclear is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from metier.core.said import Said
from metier.core.tasks.regress import number_of, number_text
from metier.data.cleaning.labels import MISSING_WORDS
from metier.data.ledger import Ledger, Status
from metier.data.understanding.entry import Entry
from metier.data.understanding.staged_entries import staged_entries
from metier.data.values import is_blank, shorten

_UNIT = r"[$€£¥₹₩₽%]|[A-Z]{3}"
_CELL = re.compile(
    rf"(?P<front>[-+]?)\s*(?P<before>{_UNIT})?\s*(?P<sign>[-+]?)"
    rf"(?P<number>\d[\d.,' \u00a0\u202f]*|\.\d+)(?P<power>[eE][-+]?\d{{1,3}})?\s*(?P<behind>{_UNIT})?"
)
_ENGLISH = frozenset({"$", "£", "¥", "USD", "GBP", "JPY", "CNY"})
_SPACES = re.compile(r"[' \u00a0\u202f]")
_APART = re.compile(r"\d{1,3}(?:[' \u00a0\u202f]\d{3})+(?:[.,]\d+)?")
_COMMAS, _POINTS = (re.compile(rf"\d{{1,3}}(?:{mark}\d{{3}})+") for mark in (",", r"\."))


class ReadNumbers(NamedTuple):
    """A column of numbers, understood.

    Attributes:
        entries: with targets in one spelling; those that could not be read as they were.
        faults: index of each that could not be read, to its status and why.
        said: how the column is written, a sentence each.
    """

    entries: Sequence[Entry]
    faults: dict[int, tuple[Status, str]]
    said: list[str]


class _Cell(NamedTuple):
    """A cell taken apart: sign and digits with their marks, the exponent, and the unit."""

    sign: str
    digits: str
    power: str
    unit: str


def read_numbers(entries: Sequence[Entry]) -> ReadNumbers:
    """The entries with targets as :mod:`metier.core.tasks.regress` has them."""
    column = _Column()
    for entry in entries:
        if cell := _taken_apart(entry.target):
            column.add(cell)
    comma, point = column.roles()
    unit = column.unit()
    rows = staged_entries()
    faults: dict[int, tuple[Status, str]] = {}
    for index, entry in enumerate(entries):
        text, cell = shorten(entry.target), _taken_apart(entry.target)
        value: float | None = None
        if is_blank(entry.target):
            pass
        elif entry.target.strip().lower() in MISSING_WORDS:
            faults[index] = ("label_missing", f"{text!r} says that there is no number")
        elif cell is None:
            faults[index] = ("label_unknown", f"{text!r} is no number")
        elif cell.unit != unit:
            other = f"are in {unit}" if unit else "have no unit"
            faults[index] = ("label_unknown", f"{text!r} is in another unit: most numbers here {other}")
        elif (plain := _plain(cell.digits, comma, point)) is None:
            faults[index] = ("label_unknown", f"{text!r} could be read in two ways, and no other row says which")
        else:
            value = number_of(f"{cell.sign}{plain}{cell.power}")
            if value is None:
                faults[index] = ("label_unknown", f"{text!r} is too large a number")
        rows.append(entry if value is None else replace(entry, target=number_text(value)))
    return ReadNumbers(rows, faults, column.said(comma))


def mark_unreadable(ledger: Ledger, faults: dict[int, tuple[Status, str]]) -> list[str]:
    """Mark the kept rows whose number could not be read; returns what there is to say."""
    marked = [index for index in ledger.kept() if index in faults]
    for index in marked:
        ledger.mark(index, *faults[index])
    if not marked:
        return []
    told = "Rows whose target could not be read as a number: %(n)s, not used (%(why)s)."
    return [Said(told, n=f"{len(marked):,}", why=faults[marked[0]][1])]


def _taken_apart(text: str) -> _Cell | None:
    found = _CELL.fullmatch(text.strip().replace("−", "-"))
    if found is None or (found["before"] and found["behind"]) or (found["front"] and found["sign"]):
        return None
    digits = found["number"].strip()
    if _SPACES.search(digits):
        if not _APART.fullmatch(digits):
            return None
        digits = _SPACES.sub("", digits)
    if not digits.strip(".,"):
        return None
    sign, unit = found["front"] or found["sign"], found["before"] or found["behind"] or ""
    return _Cell(sign, digits, found["power"] or "", unit)


_Role = str
"""What a mark is for: ``decimal``, ``thousands``, or empty where nothing says so."""


class _Column:
    """What the cells of a column have in common, counted as they come."""

    def __init__(self) -> None:
        self._units = Counter[str]()
        self._english = self._continental = self._with_commas = 0
        self._apart = False

    def add(self, cell: _Cell) -> None:
        """Count one cell."""
        digits = cell.digits
        commas, points = digits.count(","), digits.count(".")
        self._units[cell.unit] += 1
        self._with_commas += commas > 0
        self._apart = self._apart or not commas or cell.unit in _ENGLISH
        if commas and points:
            last = digits.rindex(".") > digits.rindex(",")
            self._english, self._continental = self._english + last, self._continental + (not last)
        elif commas > 1 or points > 1:
            self._english, self._continental = self._english + (commas > 1), self._continental + (points > 1)
        elif commas and (not _COMMAS.fullmatch(digits) or digits.startswith("0")):
            self._continental += 1
        elif points and (not _POINTS.fullmatch(digits) or digits.startswith("0")):
            self._english += 1

    def unit(self) -> str:
        """The unit that most cells have; empty where they have none."""
        return self._units.most_common(1)[0][0] if self._units else ""

    def roles(self) -> tuple[_Role, _Role]:
        """What a comma and what a point mean: as most cells have it in which they can mean one thing only.

        Where there is no such cell, a point is for decimals, as programs write it; commas are between thousands where
        other cells have none (of many decimals some would be shorter), and after the sign of a currency that is
        written so.
        """
        if self._english != self._continental:
            return ("thousands", "decimal") if self._english > self._continental else ("decimal", "thousands")
        if self._english:
            return "", ""
        return "thousands" if self._apart else "", "decimal"

    def said(self, comma: _Role) -> list[str]:
        """How the column is written, a sentence each."""
        said: list[str] = []
        if unit := self.unit():
            told = "Targets are written in %(unit)s; what is learnt and answered is the number without it."
            said.append(Said(told, unit=unit))
        rows = f"{self._with_commas:,}"
        if self._with_commas and comma == "thousands":
            said.append(Said("A comma in targets is between thousands (%(n)s rows).", n=rows))
        if self._with_commas and comma == "decimal":
            said.append(Said("A comma in targets stands before decimals (%(n)s rows).", n=rows))
        return said


def _plain(digits: str, comma: _Role, point: _Role) -> str | None:
    """Digits with a point before decimals; None where the marks are not as the column has them, or mean nothing."""
    for mark, role, apart in ((",", comma, _COMMAS), (".", point, _POINTS)):
        if mark not in digits:
            continue
        if not role:
            return None
        whole = digits.partition("." if mark == "," else ",")[0]
        if role == "thousands" and not apart.fullmatch(whole):
            return None
        if role == "decimal" and digits.count(mark) > 1:
            return None
    for mark, role in ((",", comma), (".", point)):
        if role == "thousands":
            digits = digits.replace(mark, "")
    return digits.replace(",", ".")
