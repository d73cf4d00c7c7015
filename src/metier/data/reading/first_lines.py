"""The first line of delimited text: column names, a row like the others, or Excel's own ``sep=;``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from metier.data.reading.delimited import Record

_SEPARATOR = re.compile(r"sep=([,;|\t])\s*", re.IGNORECASE)
_FEWEST = 5
"""Rows below a first line from which it is compared with them."""
_MOST_VALUES = 50
_SENTENCE = re.compile(r"(\S+\s+){4,}\S+", re.DOTALL)


def told_separator(line: str) -> str:
    r"""The separator that a first line names for Excel; empty where it is another line.

    >>> told_separator("sep=;\r\n"), told_separator("text;label")
    (';', '')
    """
    found = _SEPARATOR.fullmatch(line)
    return found[1] if found else ""


def is_a_row(records: Iterable[Record]) -> bool:
    """Whether the first record is a row like the others, so that the file has no column names.

    One of its fields must be a value that comes back in its column again and again (a label), and the others such
    values too, or sentences of five words and more, which nobody calls a column.
    """
    whole = [record.fields for record in records if not record.fault]
    if len(whole) <= _FEWEST:
        return False
    first, *rest = whole
    columns = list(zip(*(row for row in rest if len(row) == len(first)), strict=True))
    if len(columns) != len(first):
        return False
    labels = [_comes_back(field, column) for field, column in zip(first, columns, strict=True)]
    texts = [_SENTENCE.fullmatch(field.strip()) is not None for field in first]
    each = (one or other for one, other in zip(labels, texts, strict=True))
    return any(labels) and (any(texts) or len(first) > 1) and all(each)


def _comes_back(field: str, column: Sequence[str]) -> bool:
    value = field.strip()
    return bool(value) and column.count(field) > 1 and len(set(column)) <= min(_MOST_VALUES, len(column) / 2)
