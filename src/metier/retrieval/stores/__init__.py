"""Document stores, one package each: ``sqlite`` is one file and needs nothing else, ``postgres`` is a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from metier.core import Problem
from metier.core.registry import Registry
from metier.retrieval.store import Store
from metier.retrieval.stores.sqlite import SqliteStore, open_store


class StoreKind(Protocol):
    """A kind of store, as a recipe names it."""

    @property
    def file(self) -> str:
        """The one file that a store leaves in its folder: a copy of it elsewhere is the same index."""
        ...

    @property
    def beside(self) -> tuple[str, ...]:
        """Files beside it that are made of it where they are missing."""
        ...

    @property
    def shared(self) -> bool:
        """Whether folders may share an index: those whose files are the same do."""
        ...

    def check(self, environment: Mapping[str, str]) -> list[Problem]:
        """What is missing to use it, found without connecting; paths start at ``store``."""
        ...

    def open(self, folder: Path, *, about: Sequence[str], width: int, embedder: str) -> Store:
        """The store that ``folder`` has, else a new one.

        Args:
            folder: of the approach.
            about: what the documents and their chunks depend on, where stores of several folders may be one.
            width: of the vectors.
            embedder: fingerprint of what makes them.

        Raises:
            IntegrityError: what is there is no such store.
            ServiceError: its server cannot be used.
        """
        ...


STORES: Registry[StoreKind] = Registry("metier.retrieval.stores", kind="document store", attribute="kind")

__all__ = ["STORES", "SqliteStore", "StoreKind", "open_store"]
