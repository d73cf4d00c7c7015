"""A table: every row is a document of its own, ``column: value`` line by line."""

from __future__ import annotations

import csv
import io
import sys

from metier.retrieval.reading.decoding import decode
from metier.retrieval.reading.parsed import Parsed, RefusedError, as_readers

_TITLES = ("title", "name", "subject", "question", "heading")
_IDS = ("id", "uuid", "key")
_LONGEST_ID = 100
_MOST_ROWS = 1_000_000


def load(content: bytes, *, readers_key: str) -> list[Parsed]:
    """Rows with their header's names; the delimiter (comma, semicolon, tab, bar) is the header's most frequent one.

    A row is called by its cell in a column ``id``, ``uuid`` or ``key`` where every row has another one there, so that
    it stays the same document wherever it stands; else by its number.
    """
    csv.field_size_limit(min(sys.maxsize, 1 << 30))
    text = decode(content)
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip() for name in next(rows, [])]
        if not any(header):
            return []
        found = list(enumerate(rows, 1))
        names = _names(header, [row for _, row in found if any(cell.strip() for cell in row)])
        return [one for number, row in found for one in _row(header, row, number, names, readers_key)]
    except csv.Error as error:
        raise RefusedError(f"line {rows.line_num} is not a row of a table: {error}") from None


def _names(header: list[str], rows: list[list[str]]) -> int | None:
    """The column that names every row differently; None: there is none."""
    for column, name in enumerate(header):
        if name.lower() in _IDS:
            cells = [row[column].strip() if column < len(row) else "" for row in rows]
            if len(set(cells)) == len(cells) and all(map(_is_name, cells)):
                return column
    return None


def _is_name(cell: str) -> bool:
    """Whether a document can be called so where rows name several with commas between."""
    return cell.isprintable() and 0 < len(cell) <= _LONGEST_ID and "," not in cell


def _row(header: list[str], row: list[str], number: int, names: int | None, readers_key: str) -> list[Parsed]:
    if number > _MOST_ROWS:
        raise RefusedError(f"it has more than {_MOST_ROWS:,} rows")
    if len(row) > len(header):
        raise RefusedError(f"row {number} has {len(row)} cells, the header {len(header)}")
    cells = {name or f"column {i}": cell.strip() for i, (name, cell) in enumerate(zip(header, row, strict=False), 1)}
    told = cells.pop(readers_key, None)
    by_lower = {name.lower(): cell for name, cell in cells.items()}
    title = next((by_lower[name] for name in _TITLES if by_lower.get(name)), "")
    text = "\n".join(f"{name}: {cell}" for name, cell in cells.items() if cell)
    if not text:
        return []
    part = str(number) if names is None else row[names].strip()
    return [Parsed(text=text, title=title[:200], part=part, readers=as_readers(told))]
