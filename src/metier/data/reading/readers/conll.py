"""CoNLL: a token and its tag on each line, sentences set apart by empty lines.

Columns are divided by tabs or spaces; the first is the token (the second where the first counts the tokens, as in
CoNLL-U), the last its tag (IOB, IOBES, BILOU or BMES). A line that begins with ``-DOCSTART-`` begins another document;
a line that begins with ``#`` before a sentence, and has no such tag, is a remark. A row is a sentence: ``text`` (its
tokens, spaces between), ``tokens``, ``tags``, and ``document`` where the file has document marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from metier.core import DataError, Problem
from metier.data.reading.faults import Faults
from metier.data.reading.source import Row, Source

TAG = re.compile(r"O|[BIMESLU]-\S+")
"""A tag of IOB, IOBES, BILOU or BMES."""
_LOOKED_AT = 200
"""Lines after which it is known whether tokens are counted."""
_COUNTED = 3
"""Tokens of a sentence that must be counted from 1, at least."""


def read(source: Source) -> Iterator[Row]:
    """One row for each sentence, at the line where it begins.

    Raises:
        DataError: lines with a token but no tag (all counted, the first five shown).
    """
    number, document, begins = 0, 0, 1
    tokens: list[str] = []
    tags: list[str] = []
    untagged = Faults()
    column = _token_column(source)
    tagged = True
    with source.content.text(source.encoding) as file:
        for line, text in enumerate(file, start=1):
            parts = fields_of(text)
            if not text.strip() or parts[0] == "-DOCSTART-":
                if tokens:
                    number += 1
                    yield Row(number=number, line=begins, values=_values(tokens, tags, document))
                    tokens, tags = [], []
                document += bool(text.strip())
                continue
            if not tokens and tagged and is_remark(text):
                continue
            if len(parts) < column + 2 or not parts[-1]:
                untagged.add(f"line {line:,}: {text.strip()[:40]!r}")
                continue
            begins = begins if tokens else line
            tagged = tagged and TAG.fullmatch(parts[-1]) is not None
            tokens.append(parts[column])
            tags.append(parts[-1])
    if tokens:
        yield Row(number=number + 1, line=begins, values=_values(tokens, tags, document))
    if untagged:
        got = f"{untagged.count:,} lines without one: {untagged.summary()}"
        remedy = "write token, tab and tag on each line, and an empty line after each sentence"
        raise DataError([Problem(where=source.name, expected="a tag behind each token", got=got, remedy=remedy)])


def fields_of(line: str) -> list[str]:
    """The columns of a line: between tabs where it has any, else between spaces."""
    return [field.strip() for field in (line.split("\t") if "\t" in line else line.split())]


def is_remark(line: str) -> bool:
    """Whether a line outside a sentence is a remark: begins with ``#`` and does not end with a tag.

    >>> is_remark("# text = Anna"), is_remark("#Berlin B-LOC")
    (True, False)
    """
    return line.startswith("#") and TAG.fullmatch(fields_of(line)[-1]) is None


def _token_column(source: Source) -> int:
    """1 where the first column counts the tokens of each sentence, else 0; told by the first long enough sentence."""
    with source.content.text(source.encoding) as file:
        counted: list[str] = []
        for text in islice(file, _LOOKED_AT):
            parts = fields_of(text)
            if text.strip() and not (parts[0] == "-DOCSTART-" or (not counted and is_remark(text))):
                counted.append(parts[0] if len(parts) > 2 else "")
            elif len(counted) >= _COUNTED:
                break
            else:
                counted = []
    return int(len(counted) >= _COUNTED and counted == [str(place) for place in range(1, len(counted) + 1)])


def _values(tokens: list[str], tags: list[str], document: int) -> dict[str, Any]:
    values: dict[str, Any] = {"text": " ".join(tokens), "tokens": tokens, "tags": tags}
    return {**values, "document": f"document {document}"} if document else values
