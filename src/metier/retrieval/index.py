"""An index over documents: kept current one document at a time, and asked on somebody's behalf."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from metier.core import Document, Passage, Reporter, Silent, step
from metier.core.artifacts import hash_value
from metier.retrieval.access import Caller, readers_of
from metier.retrieval.chunking import chunk
from metier.retrieval.searching import choose_varied, fuse
from metier.retrieval.settings import RetrievalSettings
from metier.retrieval.store import Entry, Filing, Store, Stored

CHUNKS_A_BATCH = 512
"""Chunks that are embedded and written at a time: what building holds in memory."""
Change = Literal["added", "revised", "granted", "unchanged"]
"""What putting a document did: ``granted`` where only its readers have changed."""


class Embedder(Protocol):
    """What an index needs of an encoder."""

    def embed(self, texts: Sequence[str]) -> Any:
        """Unit vectors of passages, float32 [len(texts), width]."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> Any:
        """Unit vectors of questions, to be compared with those of :meth:`embed`: many embedders make them otherwise."""
        ...

    def count(self, text: str) -> int:
        """Tokens of a text, special ones left out."""
        ...

    @property
    def longest(self) -> int:
        """Tokens that it reads of a text, special ones left out."""
        ...


class Reranker(Protocol):
    """Looks again at what a search ranked highest."""

    def rate(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """How well each text answers the question; higher is better, comparable within one question."""
        ...


class Found(NamedTuple):
    """An answer of the index.

    Attributes:
        passages: best first; only such as the caller may read.
        considered: chunk ids in the order of the fused ranking, at least as many as passages; for measures.
    """

    passages: list[Passage]
    considered: list[str]


class Index:
    """Documents, their chunks and vectors, in a store.

    Args:
        store: keeps them.
        embedder: makes vectors; always the same one for a store.
        settings: of chunks and searches.
        reranker: orders the best of every search anew, as ``settings.rerank`` says. None: the fused ranking stays.
    """

    def __init__(
        self, store: Store, embedder: Embedder, settings: RetrievalSettings, reranker: Reranker | None = None
    ) -> None:
        self.store, self.embedder, self.settings, self.reranker = store, embedder, settings, reranker
        self._longest = min(settings.chunk_tokens, embedder.longest)

    def with_settings(self, settings: RetrievalSettings) -> Index:
        """The same chunks, searched in another way; both share the store."""
        return Index(self.store, self.embedder, settings, self.reranker)

    def put(self, document: Document) -> Change:
        """Add a document or its new revision; the next search sees it, and nothing of the old one."""
        return self.put_all([document])[0]

    def put_all(self, documents: Iterable[Document], *, reporter: Reporter | None = None) -> list[Change]:
        """Put many documents, some hundred chunks at a time; unchanged ones are not embedded again."""
        known = {entry.id: entry for entry in self.store.catalogue()}
        wanted = list(documents)
        changes: list[Change] = []
        waiting: list[tuple[Document, Any]] = []
        with step(reporter or Silent(), "index", len(wanted), unit="documents") as bar:
            for document in wanted:
                change = self._change(document, known.get(document.id))
                changes.append(change)
                if change == "granted":
                    self.store.grant(document.id, readers_of(document))
                elif change != "unchanged":
                    waiting.append((document, self._chunks(document)))
                if sum(len(chunks) for _, chunks in waiting) >= CHUNKS_A_BATCH:
                    self._write(waiting)
                    waiting = []
                bar.advance()
            self._write(waiting)
        return changes

    def _change(self, document: Document, known: Entry | None) -> Change:
        if known is None:
            return "added"
        if known.fingerprint != self.fingerprint(document):
            return "revised"
        return "unchanged" if set(known.readers) == set(readers_of(document)) else "granted"

    def fingerprint(self, document: Document) -> str:
        """What a store's catalogue has of a document, whose readers do not count: it changes with its chunks."""
        return hash_value([document.title, document.text, document.source, self._longest, self.settings.overlap])

    def _chunks(self, document: Document) -> Any:
        return chunk(document, limit=self._longest, overlap=self.settings.overlap, count=self.embedder.count)

    def _write(self, waiting: Sequence[tuple[Document, Any]]) -> None:
        texts = [each.searched for _, chunks in waiting for each in chunks]
        vectors = self.embedder.embed(texts) if texts else []
        filings: list[Filing] = []
        start = 0
        for document, chunks in waiting:
            end = start + len(chunks)
            filings.append(Filing(document, chunks, vectors[start:end], self.fingerprint(document)))
            start = end
        if filings:
            self.store.put(filings)

    def search(
        self, question: str, *, asker: Caller, k: int | None = None, within: Collection[str] | None = None
    ) -> Found:
        """The passages for a question, on behalf of ``asker``; see :meth:`search_all`."""
        return self.search_all([question], askers=[asker], k=k, within=within)[0]

    def search_all(
        self,
        questions: Sequence[str],
        *,
        askers: Sequence[Caller],
        k: int | None = None,
        within: Collection[str] | None = None,
    ) -> list[Found]:
        """The passages for each question.

        Args:
            questions: as people ask them.
            askers: who asks each.
            k: how many passages at most. None: as the settings say.
            within: ids of documents to look in. None: all that the asker may read.
        """
        wanted = k or self.settings.k
        vectors: Any = [None] * len(questions)
        if self.settings.search != "lexical" and questions:
            vectors = self.embedder.embed_questions(questions)
        search: Callable[..., Found] = self._search
        return [
            search(question, vector, asker, wanted, within)
            for question, vector, asker in zip(questions, vectors, askers, strict=True)
        ]

    def _search(self, question: str, vector: Any, asker: Caller, k: int, within: Collection[str] | None) -> Found:
        how, many = self.settings.search, max(self.settings.candidates, k)
        rankings: list[list[str]] = []
        if how != "lexical":
            rankings.append([hit.id for hit in self.store.dense(vector, asker=asker, k=many, within=within)])
        if how != "dense":
            rankings.append([hit.id for hit in self.store.lexical(question, asker=asker, k=many, within=within)])
        order = self._reranked(question, fuse(rankings), asker)
        chosen = self._varied(order, asker, k) if self.settings.diversity else order[:k]
        return Found([_passage(stored) for stored in self.store.chunks(chosen, asker=asker)], order)

    def _reranked(self, question: str, order: list[str], asker: Caller) -> list[str]:
        """The best of a ranking ordered anew, the rest behind them as it was."""
        if self.reranker is None or self.settings.rerank is None:
            return order
        best = self.store.chunks(order[: self.settings.rerank.candidates], asker=asker)
        texts = [f"{one.heading}\n{one.text}" if one.heading else one.text for one in best]
        scores = self.reranker.rate(question, texts) if texts else []
        places = sorted(range(len(best)), key=lambda place: -scores[place])
        return [best[place].id for place in places] + order[self.settings.rerank.candidates :]

    def _varied(self, order: Sequence[str], asker: Caller, k: int) -> list[str]:
        """Maximal marginal relevance over the fused ranking, whose places stand for relevance."""
        candidates = [stored.id for stored in self.store.chunks(order, asker=asker)]
        vectors = self.store.vectors(candidates, asker=asker)
        relevance = [1 - place / max(len(candidates), 1) for place in range(len(candidates))]
        places = choose_varied(relevance, vectors, k=k, diversity=self.settings.diversity)
        return [candidates[place] for place in places]


def _passage(stored: Stored) -> Passage:
    return Passage(id=stored.id, text=stored.text, document=stored.document, title=stored.heading)
