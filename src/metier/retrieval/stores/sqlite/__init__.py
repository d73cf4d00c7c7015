"""One SQLite file, and vectors mapped from a file beside it where there are many: needs nothing else; the default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from metier.core import Problem
from metier.retrieval.store import Store
from metier.retrieval.stores.sqlite.matrix import matrix_of
from metier.retrieval.stores.sqlite.store import SqliteStore, open_store


class SqliteKind:
    """See :class:`~metier.retrieval.stores.StoreKind`."""

    file = "documents.sqlite"
    beside = (matrix_of(Path(file)).name,)
    shared = False

    def check(self, environment: Mapping[str, str]) -> list[Problem]:
        """Nothing can be missing."""
        return []

    def open(self, folder: Path, *, about: Sequence[str], width: int, embedder: str) -> Store:
        """The store in ``folder``, made where there is none."""
        return open_store(folder / self.file, width=width, embedder=embedder)


kind = SqliteKind()

__all__ = ["SqliteStore", "kind", "open_store"]
