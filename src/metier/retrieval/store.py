"""The contract of document stores: two protocols of searches and of changes, and what crosses them.

Every search takes the caller; there is no default and no name that sees everything. A store filters **before** it
searches: what the caller may not read neither appears nor moves a score.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, Protocol

from metier.core import Document
from metier.retrieval.access import Caller
from metier.retrieval.chunking import Chunk


class Hit(NamedTuple):
    """A chunk that a search found.

    Attributes:
        id: of the chunk.
        score: higher is better; comparable within one search only.
    """

    id: str
    score: float


class Stored(NamedTuple):
    """A chunk as it is kept.

    Attributes:
        id: of the chunk.
        document: id of its document.
        heading: headings above.
        text: its content.
    """

    id: str
    document: str
    heading: str
    text: str


class Filing(NamedTuple):
    """A document with all that a store keeps of it.

    Attributes:
        document: with its readers.
        chunks: of the document, in their order.
        vectors: a unit vector for each chunk, float32 [chunks, width].
        fingerprint: hash of what the chunks were made from.
    """

    document: Document
    chunks: Sequence[Chunk]
    vectors: Any
    fingerprint: str


class Entry(NamedTuple):
    """A document as the owner's catalogue shows it.

    Attributes:
        id: of the document.
        title: of the document.
        fingerprint: hash of what was put in.
        chunks: how many.
        readers: the names that it is granted to.
    """

    id: str
    title: str
    fingerprint: str
    chunks: int
    readers: tuple[str, ...]


class Searches(Protocol):
    """What a store finds for a caller."""

    def dense(self, vector: Any, *, asker: Caller, k: int, within: Collection[str] | None = None) -> list[Hit]:
        """The ``k`` readable chunks with the highest inner product, best first; exact.

        Args:
            vector: unit vector of the question, float32 [width].
            asker: who asks.
            k: how many at most.
            within: ids of documents to look in; None: all.
        """
        ...

    def lexical(self, question: str, *, asker: Caller, k: int, within: Collection[str] | None = None) -> list[Hit]:
        """The ``k`` readable chunks with the highest BM25, its statistics taken from readable chunks alone.

        Chunks without any of the question's words are not found. The question is words, never a query language.
        """
        ...

    def chunks(self, ids: Sequence[str], *, asker: Caller) -> list[Stored]:
        """The chunks with these ids that the caller may read, in this order."""
        ...

    def vectors(self, ids: Sequence[str], *, asker: Caller) -> Any:
        """Vectors of chunks as :meth:`chunks` gives them, float32 [found, width]."""
        ...


class Changes(Protocol):
    """What an owner does to a store. Every change is on the disk, and seen by the next search, when it returns."""

    def put(self, filings: Sequence[Filing]) -> None:
        """Add documents, or replace those of their ids with all their chunks and grants; all of them or none."""
        ...

    def grant(self, document: str, readers: Collection[str]) -> bool:
        """Replace the names that may read a document; False where there is none of that id."""
        ...

    def delete(self, document: str) -> bool:
        """Take a document out of every search; False where there is none of that id. Its bytes go with ``purge``."""
        ...

    def purge(self) -> None:
        """Leave no byte of what was deleted or replaced in any of the store's files."""
        ...


class Store(Searches, Changes, Protocol):
    """Searches, changes, and the owner's view."""

    @property
    def told(self) -> str:
        """What the owner of the store should know of it, as a sentence; may be empty."""
        ...

    def catalogue(self) -> list[Entry]:
        """Every document, by id; for the owner of the store, not for callers."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
