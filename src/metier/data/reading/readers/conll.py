"""CoNLL: a token and its tag on each line, sentences set apart by empty lines.

Columns are divided by tabs or spaces; the first is the token, the last its tag (IOB, IOBES, BILOU or BMES). A line that
begins with ``-DOCSTART-`` begins another document. A row is a sentence: ``text`` (its tokens, spaces between),
``tokens``, ``tags``, and ``document`` where the file has document marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metier.core import DataError, Problem
from metier.data.reading.faults import Faults
from metier.data.reading.source import Row, Source


def read(source: Source) -> Iterator[Row]:
    """One row for each sentence, at the line where it begins.

    Raises:
        DataError: lines with a token but no tag (all counted, the first five shown).
    """
    number, document, begins = 0, 0, 1
    tokens: list[str] = []
    tags: list[str] = []
    untagged = Faults()
    with source.content.text(source.encoding) as file:
        for line, text in enumerate(file, start=1):
            fields = text.split("\t") if "\t" in text else text.split()
            parts = [field.strip() for field in fields]
            if not text.strip() or parts[0] == "-DOCSTART-":
                if tokens:
                    number += 1
                    yield Row(number=number, line=begins, values=_values(tokens, tags, document))
                    tokens, tags = [], []
                document += bool(text.strip())
                continue
            if len(parts) < 2 or not parts[-1]:
                untagged.add(f"line {line:,}: {text.strip()[:40]!r}")
                continue
            begins = begins if tokens else line
            tokens.append(parts[0])
            tags.append(parts[-1])
    if tokens:
        yield Row(number=number + 1, line=begins, values=_values(tokens, tags, document))
    if untagged:
        got = f"{untagged.count:,} lines without one: {untagged.summary()}"
        remedy = "write token, tab and tag on each line, and an empty line after each sentence"
        raise DataError([Problem(where=source.name, expected="a tag behind each token", got=got, remedy=remedy)])


def _values(tokens: list[str], tags: list[str], document: int) -> dict[str, Any]:
    values: dict[str, Any] = {"text": " ".join(tokens), "tokens": tokens, "tags": tags}
    return {**values, "document": f"document {document}"} if document else values
