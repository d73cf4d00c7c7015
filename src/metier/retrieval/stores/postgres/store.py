"""The store in a PostgreSQL database; row-level security decides what a search meets.

Searches run as a role that owns nothing, each in a transaction of its own that names the caller; changes run as the
owner. With pgvector the server compares vectors, by comparing with every one that the caller may read: its approximate
indexes filter after they have searched, and lose rows. Without it, those vectors travel to the searching process.
BM25 is counted there from the postings that the caller may read.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import numpy as np
import psycopg
from psycopg import sql

from metier.core import ServiceError
from metier.retrieval.access import Caller
from metier.retrieval.ranking import Among, bm25, top
from metier.retrieval.spelling import Speller
from metier.retrieval.store import Entry, Filing, Hit, Stored
from metier.retrieval.stores.postgres.connecting import connect, told
from metier.retrieval.stores.postgres.filing import as_word, clean, names_of, write
from metier.retrieval.stores.postgres.making import prepare
from metier.retrieval.stores.postgres.schema import PROTECTED, READER
from metier.retrieval.words import asked_text

_WITHOUT_PGVECTOR = "pgvector is not there, so the vectors that a caller may read travel here for every search"
_BLOCK = 4096
"""Vectors that are fetched and compared at a time."""
_WITHIN = "document IN (SELECT number FROM documents WHERE id = ANY(%(within)s::text[]))"


class PostgresStore:
    """May be shared between threads; other processes may read and change the same index meanwhile.

    Args:
        address: of the database, as a URL or as ``key=value`` pairs. It is kept in memory alone.
        schema: that holds the index; made where there is none.
        width: of the vectors.
        embedder: fingerprint of what makes them; vectors of different embedders must not meet.
        make: whether to make the schema where it is missing.

    Raises:
        IntegrityError: the schema is missing, or of another layout, width or embedder.
        ServiceError: the server cannot be reached, or does not let us in.
    """

    def __init__(self, address: str, *, schema: str, width: int, embedder: str = "", make: bool = True) -> None:
        self.schema, self.width = schema, width
        self._address = address
        self._lock = threading.RLock()
        self._speller = Speller()
        self._connection = self._connected()
        try:
            self.compares = prepare(self._connection, schema, width=width, embedder=embedder, make=make)
        except BaseException:
            self._connection.close()
            raise

    @property
    def told(self) -> str:
        """Where the index is, and who compares the vectors."""
        how = "pgvector compares with every vector" if self.compares else _WITHOUT_PGVECTOR
        return f"The index is the schema {self.schema} of the PostgreSQL database; {how}."

    def _connected(self) -> psycopg.Connection[Any]:
        """A connection that is closed with the store, or when nobody holds the store any more."""
        connection = connect(self._address, schema=self.schema)
        weakref.finalize(self, connection.close)
        return connection

    @contextmanager
    def _changing(self) -> Generator[psycopg.Cursor[Any]]:
        """A transaction of the owner's."""
        with self._lock:
            if self._connection.closed:  # the server went away and may be back
                self._connection = self._connected()
            try:
                with self._connection.transaction(), self._connection.cursor(binary=True) as cursor:
                    yield cursor
            except psycopg.errors.InsufficientPrivilege as error:
                raise ServiceError(f"PostgreSQL does not let this user do that: {told(error)}") from None
            except psycopg.OperationalError as error:
                raise ServiceError(f"PostgreSQL broke off: {told(error)}") from None

    @contextmanager
    def _searching(self, asker: Caller) -> Generator[psycopg.Cursor[Any]]:
        """A transaction of the reader's, in which only what ``asker`` may read is there, at one moment."""
        with self._changing() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(READER)))
            cursor.execute("SELECT set_config('metier.asker', (%s::text[])::text, true)", (names_of(asker),))
            yield cursor

    # Searches

    def dense(self, vector: Any, *, asker: Caller, k: int, within: Collection[str] | None = None) -> list[Hit]:
        """See :class:`~metier.retrieval.store.Searches`."""
        vector = np.asarray(vector, dtype=np.float32)
        with self._searching(asker) as cursor:
            if not self.compares:
                numbers, scores = self._compared(vector, within)
                best = top(scores, k)
                return self._hits(cursor, numbers[best.places], best.scores)
            query: LiteralString = (
                "SELECT chunk, -(vector <#> %(asked)s::public.vector) FROM vectors"
                + ("" if within is None else f" WHERE {_WITHIN}")
                + " ORDER BY vector <#> %(asked)s::public.vector, chunk LIMIT %(k)s"
            )
            found = cursor.execute(query, {"asked": as_text(vector), "k": k, "within": ids(within)}).fetchall()
            return self._hits(cursor, [row[0] for row in found], [row[1] for row in found])

    def _compared(self, vector: Any, within: Collection[str] | None) -> tuple[Any, Any]:
        """Numbers of the chunks that the caller may read, ascending, and their inner products, compared here."""
        query: LiteralString = "SELECT chunk, vector FROM vectors" + ("" if within is None else f" WHERE {_WITHIN}")
        numbers: list[Any] = [np.zeros(0, dtype=np.int64)]
        scores: list[Any] = [np.zeros(0, dtype=np.float32)]
        with self._connection.cursor("vectors_of_a_caller", binary=True) as cursor:  # kept by the server, sent in parts
            cursor.execute(query + " ORDER BY chunk", {"within": ids(within)})
            while rows := cursor.fetchmany(_BLOCK):
                numbers.append(np.array([row[0] for row in rows], dtype=np.int64))
                block = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").reshape(len(rows), self.width)
                scores.append(block @ vector)
        return np.concatenate(numbers), np.concatenate(scores)

    def lexical(self, question: str, *, asker: Caller, k: int, within: Collection[str] | None = None) -> list[Hit]:
        """See :class:`~metier.retrieval.store.Searches`."""
        words = [as_word(word) for word in self._speller.words(asked_text(question))]
        named = {"words": words, "within": ids(within)}
        among: LiteralString = "" if within is None else " WHERE id = ANY(%(within)s::text[])"
        inside: LiteralString = "" if within is None else f" AND {_WITHIN}"
        with self._searching(asker) as cursor:
            totals: LiteralString = "SELECT sum(chunks)::bigint, sum(words)::bigint FROM documents"
            count, length = cursor.execute(totals + among, named).fetchone() or (None, None)
            if not count or not words:
                return []
            postings: LiteralString = "SELECT word, chunk, count, length FROM postings WHERE word = ANY(%(words)s)"
            found = cursor.execute(postings + inside, named).fetchall()
            order = {word: place for place, word in enumerate(words)}
            rows = np.array([(order[row[0]], *row[1:]) for row in found], dtype=np.int64).reshape(-1, 4)
            numbers, places = np.unique(rows[:, 1], return_inverse=True)
            lengths = np.zeros(len(numbers))
            lengths[places] = rows[:, 3]
            held = [rows[:, 0] == place for place in order.values()]
            counts = [(places[mine], rows[mine, 2].astype(float)) for mine in held]
            best = top(bm25(counts, lengths, Among(count, length / count)), k, above=0.0)
            return self._hits(cursor, numbers[best.places], best.scores)

    def _hits(self, cursor: psycopg.Cursor[Any], numbers: Any, scores: Any) -> list[Hit]:
        wanted = [int(number) for number in numbers]
        cursor.execute("SELECT number, id FROM chunks WHERE number = ANY(%s::bigint[])", (wanted,))
        names: dict[int, str] = dict(cursor.fetchall())
        return [Hit(names[number], float(score)) for number, score in zip(wanted, scores, strict=True)]

    def chunks(self, ids: Sequence[str], *, asker: Caller) -> list[Stored]:
        """See :class:`~metier.retrieval.store.Searches`."""
        query = (
            "SELECT chunks.id, documents.id, heading, text FROM chunks JOIN documents"
            " ON documents.number = chunks.document WHERE chunks.id = ANY(%s::text[])"
        )
        with self._searching(asker) as cursor:
            found = {row[0]: Stored(*row) for row in cursor.execute(query, ([clean(name) for name in ids],))}
        return [found[clean(name)] for name in ids if clean(name) in found]

    def vectors(self, ids: Sequence[str], *, asker: Caller) -> Any:
        """See :class:`~metier.retrieval.store.Searches`."""
        kept: LiteralString = "public.vector_send(vector)" if self.compares else "vector"
        query: LiteralString = (
            f"SELECT id, {kept} FROM chunks JOIN vectors ON vectors.chunk = chunks.number WHERE id = ANY(%s::text[])"
        )
        with self._searching(asker) as cursor:
            found: dict[str, bytes] = dict(cursor.execute(query, ([clean(name) for name in ids],)).fetchall())
        rows = [self._read(found[clean(name)]) for name in ids if clean(name) in found]
        return np.stack(rows) if rows else np.zeros((0, self.width), dtype=np.float32)

    def _read(self, kept: bytes) -> Any:
        if self.compares:  # as it is sent: two numbers of two bytes, then the vector in the network's order
            return np.frombuffer(kept, dtype=">f4", offset=4).astype(np.float32)
        return np.frombuffer(kept, dtype="<f4")

    # Changes

    def put(self, filings: Sequence[Filing]) -> None:
        """See :class:`~metier.retrieval.store.Changes`."""
        last = {clean(filing.document.id): filing for filing in filings}
        with self._changing() as cursor:
            cursor.execute("LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE")  # one writer; searches go on
            cursor.execute("DELETE FROM documents WHERE id = ANY(%s::text[])", (list(last),))
            write(cursor, list(last.values()), self._speller, as_vector=as_text if self.compares else as_bytes)

    def grant(self, document: str, readers: Collection[str]) -> bool:
        """See :class:`~metier.retrieval.store.Changes`."""
        with self._changing() as cursor:
            found = cursor.execute(
                "SELECT number FROM documents WHERE id = %s FOR UPDATE", (clean(document),)
            ).fetchone()
            if found is None:
                return False
            cursor.execute("DELETE FROM grants WHERE document = %s", found)
            cursor.executemany("INSERT INTO grants VALUES (%s, %s)", [(name, found[0]) for name in names_of(readers)])
            return True

    def delete(self, document: str) -> bool:
        """See :class:`~metier.retrieval.store.Changes`."""
        with self._changing() as cursor:
            return cursor.execute("DELETE FROM documents WHERE id = %s", (clean(document),)).rowcount > 0

    def purge(self) -> None:
        """See :class:`~metier.retrieval.store.Changes`: tables and indexes are written anew.

        The server's log of changes, its replicas and its backups keep what they have for as long as its owner says;
        what a transaction that is still open can see stays until the next purge.
        """
        with self._changing():
            pass  # the connection is there
        with self._lock:
            for table in PROTECTED:
                self._connection.execute(sql.SQL("VACUUM (FULL) {}").format(sql.Identifier(table)))

    # The owner's view

    def catalogue(self) -> list[Entry]:
        """See :class:`~metier.retrieval.store.Store`."""
        query = (
            "SELECT id, title, fingerprint, chunks,"
            " array(SELECT reader FROM grants WHERE document = documents.number ORDER BY reader)"
            " FROM documents ORDER BY id"
        )
        with self._changing() as cursor:
            rows = cursor.execute(query).fetchall()
        return [
            Entry(name, title, fingerprint, chunks, tuple(readers))
            for name, title, fingerprint, chunks, readers in rows
        ]

    def drop(self) -> None:
        """Remove the index with all that is in it, and close."""
        with self._changing() as cursor:
            cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(self.schema)))
        self.close()

    def close(self) -> None:
        """See :class:`~metier.retrieval.store.Store`."""
        with self._lock:
            self._connection.close()
            self._speller.close()


def ids(within: Collection[str] | None) -> list[str]:
    """Ids of documents as the store spells them."""
    return [clean(name) for name in within or ()]


def as_text(vector: Any) -> str:
    """A vector as pgvector writes it; nine digits are all that a float32 has."""
    return "[" + ",".join(f"{number:.9g}" for number in vector.tolist()) + "]"


def as_bytes(vector: Any) -> bytes:
    """A vector as its bytes."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()
