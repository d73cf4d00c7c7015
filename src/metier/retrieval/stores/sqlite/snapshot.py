"""What a search needs of every chunk: small arrays in memory, vectors in a mapped file; current with the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from metier.retrieval.stores.sqlite.matrix import Matrix, wipe, write_matrix

TOKEN = "vectors"
"""Key of the table ``about``: the token of the file of vectors that belongs to the store."""
KEPT_BESIDE = 4096
"""Chunks whose vectors are held in memory; with more, a file is made of all. Beside a file an eighth of it, if more."""


@contextmanager
def transaction(connection: sqlite3.Connection, *, writing: bool) -> Generator[None]:
    """All statements see one state of the file; with ``writing`` nobody else changes it meanwhile."""
    connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All chunks in the order of their numbers. Chunks never change: a revision has new ones.

    Attributes:
        numbers: of the chunks, ascending, int64 [N].
        documents: number of each chunk's document, int64 [N].
        lengths: words of each chunk, int64 [N].
        matrix: the file with the vectors of the first F of them; None: there is none, and F is 0.
        places: where they stand in it, int64 [F].
        beside: vectors of the others, float32 [N - F, D].
    """

    numbers: Any
    documents: Any
    lengths: Any
    matrix: Matrix | None
    places: Any
    beside: Any

    @classmethod
    def empty(cls, width: int) -> Snapshot:
        """Of a store without chunks."""
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, none, None, none, np.zeros((0, width), dtype=np.float32))

    def vectors(self, rows: Any) -> Any:
        """Vectors at ascending rows, float32 [R, D]; not copied where they lie side by side."""
        mapped = rows[rows < len(self.places)]
        rest = rows[len(mapped) :] - len(self.places)
        if self.matrix is None or not len(mapped):
            first, last = (int(rest[0]), int(rest[-1]) + 1) if len(rest) else (0, 0)
            return self.beside[first:last] if last - first == len(rest) else self.beside[rest]
        found = self.matrix.take(self.places[mapped])
        return np.concatenate([found, self.beside[rest]]) if len(rest) else found

    def renewed(self, connection: sqlite3.Connection, store: Path, *, keep: int | None = KEPT_BESIDE) -> Snapshot:
        """The state of the store now; only chunks that are new are read.

        Args:
            connection: to the store, in no transaction.
            store: its file.
            keep: how many chunks may stand beside the file of vectors before it is made anew. None: any number.
        """
        with transaction(connection, writing=False):
            now, matrix = _numbers(connection), self._matrix(connection, store)
            if matrix is not None and not matrix.has_all(now):
                matrix = None
            if keep is None or not _is_due(matrix, now, keep):
                return self._with(connection, store, matrix, now)
        with transaction(connection, writing=True):
            rows = connection.execute("SELECT number, document, length, vector FROM chunks ORDER BY number")
            token = write_matrix(store, rows, width=self.beside.shape[1])
            connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (TOKEN, token))
        return Snapshot.empty(self.beside.shape[1]).renewed(connection, store, keep=None)

    def _matrix(self, connection: sqlite3.Connection, store: Path) -> Matrix | None:
        """The file that belongs to the store, as it is mapped already or newly."""
        found = connection.execute("SELECT value FROM about WHERE key = ?", (TOKEN,)).fetchone()
        token = found[0] if found else ""
        if self.matrix is not None and self.matrix.token == token:
            return self.matrix
        return Matrix.of(store, width=self.beside.shape[1], token=token)

    def _with(self, connection: sqlite3.Connection, store: Path, matrix: Matrix | None, now: Any) -> Snapshot:
        """All chunks, those that the file lacks read from the store; rows of those that are gone are wiped."""
        fixed, same = len(self.places), matrix is self.matrix
        known = self.numbers[fixed:] if same else self.numbers[:0]
        kept = np.isin(known, now)
        last = int(known[-1]) if len(known) else matrix.last if matrix else 0
        documents, lengths, vectors = _read(connection, last, width=self.beside.shape[1])
        if matrix is None:
            places = np.zeros(0, dtype=np.int64)
            before = places, places
        else:
            places = np.flatnonzero(np.isin(matrix.numbers, now))
            before = matrix.documents[places], matrix.lengths[places]
            if gone := matrix.forget(places):  # whoever deleted them has wiped them, or died before
                with suppress(OSError):
                    wipe(store, gone, width=self.beside.shape[1])
        return Snapshot(
            now,
            np.concatenate([before[0], self.documents[fixed:][: len(known)][kept], documents]),
            np.concatenate([before[1], self.lengths[fixed:][: len(known)][kept], lengths]),
            matrix,
            places,
            np.concatenate([self.beside[: len(known)][kept], vectors]),
        )


def _numbers(connection: sqlite3.Connection) -> Any:
    """Numbers of all chunks, ascending, int64 [N]; read from an index, which is small, and not from the table."""
    found = connection.execute("SELECT number FROM chunks INDEXED BY chunks_of_document").fetchall()
    return np.sort(np.array(found, dtype=np.int64).reshape(-1))


def _is_due(matrix: Matrix | None, now: Any, keep: int) -> bool:
    """Whether too many chunks are not in the file, or too many rows of it are of chunks that are gone."""
    if matrix is None:
        return len(now) > keep
    inside = int(np.searchsorted(now, matrix.last, side="right"))
    rows = len(matrix.numbers)
    return len(now) - inside > max(keep, rows // 8) or (rows > keep and inside < rows // 2)


def _read(connection: sqlite3.Connection, last: int, *, width: int) -> tuple[Any, Any, Any]:
    """Documents, words and vectors of the chunks with a number above ``last``."""
    found = connection.execute("SELECT document, length, vector FROM chunks WHERE number > ? ORDER BY number", (last,))
    facts: list[tuple[int, int]] = []
    vectors = bytearray()
    for document, length, vector in found:
        facts.append((document, length))
        vectors += vector
    documents, lengths = np.array(facts, dtype=np.int64).reshape(-1, 2).T
    return documents, lengths, np.frombuffer(vectors, dtype="<f4").reshape(len(facts), width)
