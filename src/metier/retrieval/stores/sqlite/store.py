"""The default store: one SQLite file with the documents, their grants, chunks, vectors and a full-text index.

FTS5 keeps the words; it ranks nothing, as its statistics would tell a caller about
documents that they may not read. Questions never reach its query language. Dense search is exact; from some thousand
chunks on it runs over a file of vectors beside the store that is mapped into memory (:mod:`.matrix`).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from metier.core import IntegrityError
from metier.retrieval.access import Caller, readers_of
from metier.retrieval.chunking import Chunk
from metier.retrieval.ranking import bm25, inner_products, top
from metier.retrieval.spelling import Speller
from metier.retrieval.store import Entry, Filing, Hit, Stored
from metier.retrieval.stores.sqlite.matrix import matrix_of, staged_of, wipe
from metier.retrieval.stores.sqlite.schema import LAYOUT, SCHEMA, TEMPORARY
from metier.retrieval.stores.sqlite.snapshot import KEPT_BESIDE, TOKEN, Snapshot, transaction
from metier.retrieval.words import asked_text, count_words, indexed_text

_CALLERS_KEPT = 64


def open_store(path: Path, *, width: int, embedder: str = "") -> SqliteStore:
    """The store in a file, made where there is none.

    Args:
        path: of the file.
        width: of the vectors.
        embedder: fingerprint of what makes them; vectors of different embedders must not meet.

    Raises:
        IntegrityError: the file is no such store, of another layout, or of another embedder.
    """
    return SqliteStore(path, width=width, embedder=embedder)


class SqliteStore:
    """See :func:`open_store`. May be shared between threads; other processes may read and change the file meanwhile."""

    def __init__(self, path: Path, *, width: int, embedder: str = "") -> None:
        self.path, self.width = path, width
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        try:
            self._prepare({"layout": str(LAYOUT), "width": str(width), "embedder": embedder})
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise IntegrityError(f"{path} is not a document store ({error}). Delete it and build it again.") from error
        except IntegrityError:
            self._connection.close()
            raise
        self._speller = Speller()
        self._snapshot = Snapshot.empty(width)
        self._kept_beside: int | None = KEPT_BESIDE
        self._gone: list[int] = []
        self._seen: tuple[int, int] | None = None
        self._changes = 0
        self._allowed: dict[Caller, Any] = {}

    def _prepare(self, about: dict[str, str]) -> None:
        run = self._connection.execute
        run("PRAGMA secure_delete = ON")
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA temp_store = MEMORY")  # questions never touch the disk
        run("PRAGMA cache_size = -65536")
        if not run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            with transaction(self._connection, writing=True):
                for statement in SCHEMA.split(";\n"):
                    if statement.strip():
                        run(statement)
                self._connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        for key, value in about.items():
            found = run("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
            if found is None or found[0] != value:
                raise IntegrityError(
                    f"{self.path} was made with another {key} ({found[0] if found else 'none'}, not {value}). "
                    "Delete it and build it again."
                )
        self._connection.executescript(TEMPORARY)

    @contextmanager
    def _changing(self) -> Generator[None]:
        """A transaction; vectors of chunks that it removed are wiped behind it, and half-written ones before."""
        with self._lock:
            self._gone.clear()
            with transaction(self._connection, writing=True):
                yield
                self._changes += 1
                if self._gone:
                    staged_of(self.path).unlink(missing_ok=True)
            if self._gone:
                wipe(self.path, self._gone, width=self.width)

    @property
    def told(self) -> str:
        """Nothing."""
        return ""

    # Searches

    def dense(self, vector: Any, *, asker: Caller, k: int, within: Collection[str] | None = None) -> list[Hit]:
        """See :class:`~metier.retrieval.store.Searches`."""
        with self._lock:
            rows = self._readable(asker, within)
            best = top(inner_products(self._snapshot.vectors, rows, np.asarray(vector, dtype=np.float32)), k)
            return self._hits(rows[best.places], best.scores)

    def lexical(self, question: str, *, asker: Caller, k: int, within: Collection[str] | None = None) -> list[Hit]:
        """See :class:`~metier.retrieval.store.Searches`."""
        with self._lock:
            rows = self._readable(asker, within)
            words = self._speller.words(asked_text(question)) if len(rows) else []
            scores = bm25([self._postings(word, rows) for word in words], self._snapshot.lengths[rows])
            best = top(scores, k, above=0.0)
            return self._hits(rows[best.places], best.scores)

    def chunks(self, ids: Sequence[str], *, asker: Caller) -> list[Stored]:
        """See :class:`~metier.retrieval.store.Searches`."""
        found = {row[0]: Stored(*row) for row in self._read("chunks.heading, chunks.text", ids, asker)}
        return [found[name] for name in ids if name in found]

    def vectors(self, ids: Sequence[str], *, asker: Caller) -> Any:
        """See :class:`~metier.retrieval.store.Searches`."""
        found = {row[0]: np.frombuffer(row[2], dtype="<f4") for row in self._read("chunks.vector", ids, asker)}
        rows = [found[name] for name in ids if name in found]
        return np.stack(rows) if rows else np.zeros((0, self.width), dtype=np.float32)

    def _read(self, columns: str, ids: Sequence[str], asker: Caller) -> list[tuple[Any, ...]]:
        """Columns of chunks that the caller may read now, behind chunk id and document id."""
        if not ids or not asker:
            return []
        sql = (
            f"SELECT chunks.id, documents.id, {columns}"
            " FROM chunks JOIN documents ON documents.number = chunks.document"
            f" WHERE chunks.id IN ({_marks(ids)}) AND EXISTS (SELECT 1 FROM grants"
            f" WHERE grants.document = chunks.document AND grants.reader IN ({_marks(asker)}))"
        )
        with self._lock:
            return self._connection.execute(sql, (*ids, *asker)).fetchall()

    def _readable(self, asker: Caller, within: Collection[str] | None) -> Any:
        """Places in the snapshot of the chunks that ``asker`` may read now, ascending, int64.

        What was found for a caller is kept until the file changes by anybody's hand, so that a revocation holds from
        the next search on.
        """
        seen = (self._connection.execute("PRAGMA data_version").fetchone()[0], self._changes)
        if seen != self._seen:
            self._renew()
            self._seen = seen
            self._allowed.clear()
        if asker not in self._allowed:
            self._allowed[asker] = self._granted(asker)
            while len(self._allowed) > _CALLERS_KEPT:
                del self._allowed[next(iter(self._allowed))]
        rows = self._allowed[asker]
        if within is None:
            return rows
        sql = f"SELECT number FROM documents WHERE id IN ({_marks(within)})"
        numbers = [row[0] for row in self._connection.execute(sql, tuple(within))]
        return rows[np.isin(self._snapshot.documents[rows], numbers)]

    def _renew(self) -> None:
        """Bring the snapshot up to date; where no file can be written, vectors are held in memory."""
        try:
            self._snapshot = self._snapshot.renewed(self._connection, self.path, keep=self._kept_beside)
        except (OSError, sqlite3.OperationalError):
            self._kept_beside = None
            self._snapshot = self._snapshot.renewed(self._connection, self.path, keep=None)

    def _granted(self, asker: Caller) -> Any:
        sql = f"SELECT DISTINCT document FROM grants WHERE reader IN ({_marks(asker)})"
        numbers = [row[0] for row in self._connection.execute(sql, tuple(asker))]
        return np.flatnonzero(np.isin(self._snapshot.documents, numbers))

    def _postings(self, word: str, rows: Any) -> tuple[Any, Any]:
        """Places in ``rows`` of the chunks that hold a word, and how often each does."""
        found = self._connection.execute("SELECT doc FROM temp.postings WHERE term = ?", (word,)).fetchall()
        numbers, counts = np.unique(np.array(found, dtype=np.int64).reshape(-1), return_counts=True)
        known = self._snapshot.numbers[rows]
        places = np.searchsorted(known, numbers)
        inside = places < len(known)
        inside[inside] = known[places[inside]] == numbers[inside]
        return places[inside], counts[inside].astype(float)

    def _hits(self, rows: Any, scores: Any) -> list[Hit]:
        numbers = [int(number) for number in self._snapshot.numbers[rows]]
        sql = f"SELECT number, id FROM chunks WHERE number IN ({_marks(numbers)})"
        names: dict[int, str] = dict(self._connection.execute(sql, numbers).fetchall())
        pairs = zip(numbers, scores, strict=True)
        return [Hit(names[number], float(score)) for number, score in pairs if number in names]

    # Changes

    def put(self, filings: Sequence[Filing]) -> None:
        """See :class:`~metier.retrieval.store.Changes`."""
        with self._changing():
            for filing in filings:
                self._put(filing)

    def _put(self, filing: Filing) -> None:
        document, run = filing.document, self._connection.execute
        self._remove(document.id)
        number = run(
            "INSERT INTO documents (id, title, source, fingerprint) VALUES (?, ?, ?, ?)",
            (document.id, document.title, document.source, filing.fingerprint),
        ).lastrowid
        self._set_grants(number, readers_of(document))
        for chunk, vector in zip(filing.chunks, filing.vectors, strict=True):
            indexed = indexed_text(chunk.searched)
            blob = np.ascontiguousarray(vector, dtype="<f4").tobytes()
            row = run(
                "INSERT INTO chunks (id, document, place, heading, text, length, vector) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (chunk.id, number, chunk.place, chunk.heading, chunk.text, count_words(indexed), blob),
            ).lastrowid
            run("INSERT INTO words (rowid, text) VALUES (?, ?)", (row, indexed))

    def grant(self, document: str, readers: Collection[str]) -> bool:
        """See :class:`~metier.retrieval.store.Changes`."""
        with self._changing():
            number = self._number(document)
            if number is None:
                return False
            self._connection.execute("DELETE FROM grants WHERE document = ?", (number,))
            self._set_grants(number, readers)
            return True

    def delete(self, document: str) -> bool:
        """See :class:`~metier.retrieval.store.Changes`."""
        with self._changing():
            return self._remove(document)

    def purge(self) -> None:
        """See :class:`~metier.retrieval.store.Changes`: the index's segments are merged, the files written anew."""
        with self._lock:
            with transaction(self._connection, writing=True):
                self._connection.execute("INSERT INTO words (words) VALUES ('optimize')")
                self._connection.execute("DELETE FROM about WHERE key = ?", (TOKEN,))
                for path in (matrix_of(self.path), staged_of(self.path)):
                    path.unlink(missing_ok=True)
            self._connection.execute("VACUUM")
            self._snapshot, self._seen = Snapshot.empty(self.width), None

    def _set_grants(self, number: int | None, readers: Collection[str]) -> None:
        self._connection.executemany("INSERT OR IGNORE INTO grants VALUES (?, ?)", [(name, number) for name in readers])

    def _number(self, document: str) -> int | None:
        found = self._connection.execute("SELECT number FROM documents WHERE id = ?", (document,)).fetchone()
        return found[0] if found else None

    def _remove(self, document: str) -> bool:
        number = self._number(document)
        if number is None:
            return False
        run = self._connection.execute
        chunks = run("SELECT number, heading, text FROM chunks WHERE document = ?", (number,)).fetchall()
        for row, heading, text in chunks:
            indexed = indexed_text(Chunk(id="", place=0, heading=heading, text=text).searched)
            run("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", (row, indexed))
            self._gone.append(row)
        run("DELETE FROM documents WHERE number = ?", (number,))
        return True

    # The owner's view

    def catalogue(self) -> list[Entry]:
        """See :class:`~metier.retrieval.store.Store`."""
        sql = (
            "SELECT id, title, fingerprint, (SELECT count(*) FROM chunks WHERE document = documents.number), number"
            " FROM documents ORDER BY id"
        )
        with self._lock:
            readers: dict[int, list[str]] = {}
            for reader, number in self._connection.execute("SELECT reader, document FROM grants ORDER BY reader"):
                readers.setdefault(number, []).append(reader)
            rows = self._connection.execute(sql).fetchall()
        return [
            Entry(name, title, fingerprint, chunks, tuple(readers.get(number, ())))
            for name, title, fingerprint, chunks, number in rows
        ]

    def close(self) -> None:
        """See :class:`~metier.retrieval.store.Store`."""
        with self._lock:
            self._connection.close()
            self._speller.close()


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
