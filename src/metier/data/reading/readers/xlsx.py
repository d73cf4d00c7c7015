"""Excel (xlsx): the first sheet with a table, its first line of that width as the header. Needs ``openpyxl``.

Titles above the header are passed over, as are sheets of notes; what was chosen is said.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from itertools import islice
from statistics import median
from typing import Any, NamedTuple

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from metier.core.names import listed
from metier.data.reading.column_names import column_names, told_repeats
from metier.data.reading.source import Row, Source
from metier.data.reading.unreadable import unreadable

_LOOKED_AT = 50
"""Filled lines of a sheet from which its width is known."""
_WIDE = 0.6
"""Share of the usual number of cells that a header must have."""


class _Table(NamedTuple):
    """Where a sheet's table begins: the line of its header, and how many filled lines stand above it."""

    sheet: Any
    line: int
    above: int


def read(source: Source) -> Iterator[Row]:
    """Rows with the cells' values (not their formulas); dates as ISO text, empty cells as None.

    Raises:
        DataError: a damaged file, or no sheet with rows.
    """
    with closing(_book(source)) as book:
        table = _table(book)
        number = 0
        names: list[str] = []
        for line, values in _lines(table.sheet) if table else ():
            if table is None or line < table.line:
                continue
            if not names:
                names = column_names(_heads(values))
                continue
            number += 1
            yield Row(number=number, line=line, values=dict(zip(names, values, strict=False)))
    if not number:
        raise unreadable(
            source, "rows under a header", "none", "put the rows on the first sheet, column names above them"
        )


def told_table(source: Source) -> str:
    """What is passed over to come to the table, in a sentence; empty where it is nothing.

    Raises:
        DataError: a damaged file.
    """
    with closing(_book(source)) as book:
        table = _table(book)
        if table is None:
            return ""
        others = [sheet.title for sheet in book.worksheets if sheet.max_row and sheet is not table.sheet]
        others = [name for name in others if next(_lines(book[name]), None)]
        said = [f"its rows are the sheet {table.sheet.title!r}"] if others else []
        if table.above:
            lines = f"{table.above} {'line' if table.above == 1 else 'lines'}"
            said.append(f"its column names are in line {table.line}, {lines} above it left out")
        if repeats := told_repeats(_heads(next(values for line, values in _lines(table.sheet) if line == table.line))):
            said.append(repeats)
        if others:
            said.append(f"other sheets are not read: {listed(others, limit=4)}")
        return "; ".join(said)


def _book(source: Source) -> Any:
    try:
        with source.content.open() as file:
            return openpyxl.load_workbook(io.BytesIO(file.read()), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, SyntaxError) as error:
        got = f"{type(error).__name__}: {str(error)[:120]}"
        raise unreadable(source, "a whole Excel file", got, "save it again as xlsx, or as CSV UTF-8") from error


def _table(book: Any) -> _Table | None:
    """The table of the first sheet that has one of two columns, else of the first that holds anything."""
    narrow: _Table | None = None
    for sheet in book.worksheets:
        if not sheet.max_row:
            continue
        first = list(islice(_lines(sheet), _LOOKED_AT))
        filled = [sum(value not in (None, "") for value in values) for _, values in first]
        if not first:
            continue
        fewest = max(2, _WIDE * median(filled))
        above = next((place for place, count in enumerate(filled) if count >= fewest), None)
        if above is not None and above + 1 < len(first):
            return _Table(sheet, first[above][0], above)
        narrow = narrow or _Table(sheet, first[0][0], 0)
    return narrow


def _lines(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """Lines that hold anything, with their numbers."""
    for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        values = [_plain(cell) for cell in cells]
        if not all(value is None or value == "" for value in values):
            yield line, values


def _heads(values: list[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in values]


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else cell
