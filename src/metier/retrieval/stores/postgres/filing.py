"""Documents written to PostgreSQL: a batch as a few copies of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from metier.retrieval.access import readers_of
from metier.retrieval.spelling import Speller
from metier.retrieval.store import Filing
from metier.retrieval.stores.postgres.schema import LONGEST_WORD
from metier.retrieval.words import count_words, indexed_text


def clean(text: str) -> str:
    """Text that PostgreSQL can keep: no zero bytes, no halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def names_of(names: Collection[str]) -> list[str]:
    """Readers and callers as they are kept; a name that cannot be kept is granted nothing."""
    return [name for name in dict.fromkeys(names) if clean(name) == name]


def as_word(word: str) -> str:
    """A word as the index keeps it."""
    data = word.encode()
    return word if len(data) <= LONGEST_WORD else f"#{hashlib.sha256(data).hexdigest()}"


class _Batch(NamedTuple):
    """Rows of each table."""

    documents: list[tuple[Any, ...]]
    grants: list[tuple[Any, ...]]
    chunks: list[tuple[Any, ...]]
    vectors: list[tuple[Any, ...]]
    postings: list[tuple[Any, ...]]


def write(
    cursor: psycopg.Cursor[Any], filings: Sequence[Filing], speller: Speller, *, as_vector: Callable[[Any], Any]
) -> None:
    """Add documents that are not there, in the cursor's transaction."""
    many = len(filings) + sum(len(filing.chunks) for filing in filings)
    cursor.execute("SELECT nextval('numbers') FROM generate_series(1, %s::bigint)", (many,))
    numbers = iter(sorted(row[0] for row in cursor.fetchall()))
    batch = _Batch([], [], [], [], [])
    for filing in filings:
        document, number = filing.document, next(numbers)
        words = _add_chunks(batch, filing, number, numbers, speller, as_vector)
        about = [clean(text) for text in (document.id, document.title, document.source, filing.fingerprint)]
        batch.documents.append((number, *about, len(filing.chunks), words))
        batch.grants.extend((name, number) for name in names_of(readers_of(document)))
    _copy(cursor, batch)


def _add_chunks(
    batch: _Batch, filing: Filing, document: int, numbers: Any, speller: Speller, as_vector: Callable[[Any], Any]
) -> int:
    """Add a document's chunks to the batch; returns how many words they have."""
    total = 0
    indexed = [indexed_text(chunk.searched) for chunk in filing.chunks]
    spelt = speller.counts(indexed)
    for chunk, vector, text, counts in zip(filing.chunks, filing.vectors, indexed, spelt, strict=True):
        number, length = next(numbers), count_words(text)
        batch.chunks.append((number, document, clean(chunk.id), clean(chunk.heading), clean(chunk.text)))
        batch.vectors.append((number, document, as_vector(vector)))
        batch.postings.extend((as_word(word), number, document, count, length) for word, count in counts.items())
        total += length
    return total


def _copy(cursor: psycopg.Cursor[Any], batch: _Batch) -> None:
    """A copy for each table, the documents first, as the others refer to them."""
    for table, rows in batch._asdict().items():
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
            for row in rows:
                copy.write_row(row)
