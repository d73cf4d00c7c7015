"""A table: every row is a document of its own, ``column: value`` line by line."""

from __future__ import annotations

import csv
import io
import sys

from metier.retrieval.reading.decoding import decode
from metier.retrieval.reading.parsed import Parsed, RefusedError, as_readers

_TITLES = ("title", "name", "subject", "question", "heading")
_MOST_ROWS = 1_000_000


def load(content: bytes, *, readers_key: str) -> list[Parsed]:
    """Rows with their header's names; the delimiter (comma, semicolon, tab, bar) is the header's most frequent one."""
    csv.field_size_limit(min(sys.maxsize, 1 << 30))
    text = decode(content)
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip() for name in next(rows, [])]
        if not any(header):
            return []
        return [parsed for number, row in enumerate(rows, 1) for parsed in _row(header, row, number, readers_key)]
    except csv.Error as error:
        raise RefusedError(f"line {rows.line_num} is not a row of a table: {error}") from None


def _row(header: list[str], row: list[str], number: int, readers_key: str) -> list[Parsed]:
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
    return [Parsed(text=text, title=title[:200], part=str(number), readers=as_readers(told))]
