"""Retrieval: a user's documents read, cut, kept and searched, so that answers can rest on them.

:func:`collect` reads a folder; an :class:`Index` over a store keeps chunks and vectors current and finds passages on
behalf of a :func:`caller`, who never sees what was not granted::

    documents = collect(Path("handbook")).documents
    index = Index(open_store(Path("handbook.sqlite"), width=384), embedder, RetrievalSettings())
    index.put_all(documents)
    index.search("what does E05 mean", asker=caller("ann", "support")).passages
"""

from metier.retrieval.access import EVERYBODY, Caller, caller, caller_of, may_read, readers_of
from metier.retrieval.chunking import Chunk, chunk
from metier.retrieval.index import Embedder, Found, Index, Reranker
from metier.retrieval.measures import answer_in_context, hit, reciprocal_rank
from metier.retrieval.measuring import (
    Measured,
    document_of,
    doubtful_column,
    gold_column,
    mean,
    measured,
    measured_answers,
    named,
)
from metier.retrieval.reading import KEPT, Collected, LeftOut, Limits, collect, collect_once, fingerprint, read_file
from metier.retrieval.settings import (
    ChooseSettings,
    PairTraining,
    RaftSettings,
    RerankSettings,
    RetrievalSettings,
    TuneSettings,
)
from metier.retrieval.store import Changes, Entry, Filing, Hit, Searches, Store, Stored
from metier.retrieval.stores import STORES, SqliteStore, StoreKind, open_store

__all__ = [
    "EVERYBODY",
    "KEPT",
    "STORES",
    "Caller",
    "Changes",
    "ChooseSettings",
    "Chunk",
    "Collected",
    "Embedder",
    "Entry",
    "Filing",
    "Found",
    "Hit",
    "Index",
    "LeftOut",
    "Limits",
    "Measured",
    "PairTraining",
    "RaftSettings",
    "RerankSettings",
    "Reranker",
    "RetrievalSettings",
    "Searches",
    "SqliteStore",
    "Store",
    "StoreKind",
    "Stored",
    "TuneSettings",
    "answer_in_context",
    "caller",
    "caller_of",
    "chunk",
    "collect",
    "collect_once",
    "document_of",
    "doubtful_column",
    "fingerprint",
    "gold_column",
    "hit",
    "may_read",
    "mean",
    "measured",
    "measured_answers",
    "named",
    "open_store",
    "read_file",
    "readers_of",
    "reciprocal_rank",
]
