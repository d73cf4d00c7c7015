"""What a search needs of every chunk, held in memory as arrays, and brought up to date when the file has changed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All chunks in the order of their numbers. Chunks never change: a revision has new ones.

    Attributes:
        numbers: of the chunks, ascending, int64 [N].
        documents: number of each chunk's document, int64 [N].
        lengths: words of each chunk, int64 [N].
        vectors: float32 [N, D].
    """

    numbers: Any
    documents: Any
    lengths: Any
    vectors: Any

    @classmethod
    def empty(cls, width: int) -> Snapshot:
        """Of a store without chunks."""
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, none, np.zeros((0, width), dtype=np.float32))

    def renewed(self, connection: sqlite3.Connection) -> Snapshot:
        """The state of the file now; only chunks that are new are read."""
        now = np.array([row[0] for row in connection.execute("SELECT number FROM chunks ORDER BY number")], np.int64)
        kept = np.isin(self.numbers, now, assume_unique=True)
        last = int(self.numbers[-1]) if len(self.numbers) else 0
        fresh = int((now > last).sum())
        width = self.vectors.shape[1]
        # One allocation for old and new: at 200,000 chunks of 384 numbers this is 300 MB.
        vectors = np.empty((int(kept.sum()) + fresh, width), dtype=np.float32)
        vectors[: int(kept.sum())] = self.vectors if kept.all() else self.vectors[kept]
        documents, lengths = np.empty(fresh, np.int64), np.empty(fresh, np.int64)
        found = connection.execute(
            "SELECT document, length, vector FROM chunks WHERE number > ? ORDER BY number", (last,)
        )
        start = len(vectors) - fresh
        for place, (document, length, blob) in enumerate(found):
            documents[place], lengths[place] = document, length
            vectors[start + place] = np.frombuffer(blob, dtype="<f4")
        return Snapshot(
            now,
            np.concatenate([self.documents[kept], documents]),
            np.concatenate([self.lengths[kept], lengths]),
            vectors,
        )
