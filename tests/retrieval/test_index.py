"""The index: kept current one document at a time, asked on somebody's behalf."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metier.core import Document
from metier.retrieval import Index, RerankSettings, RetrievalSettings, caller, open_store
from metier.retrieval.searching import choose_varied, fuse

WIDTH = 64
TEXTS = {
    "leak.md": "# Leak\nThe machine beeps when its base is wet. Pull the plug.",
    "filter.md": "# Filter\nChange the filter every sixty days.",
    "gas.md": "# Gas\nTurn the cylinder left.",
}


class BagOfWords:
    """A stand-in for an encoder: a text's vector counts its words, hashed."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> Any:
        self.embedded += texts
        vectors = np.full((len(texts), WIDTH), 1e-3, dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.lower().split():
                vector[sum(word.strip(".#?").encode()) % WIDTH] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_questions(self, texts: Sequence[str]) -> Any:
        return self.embed(texts)

    def count(self, text: str) -> int:
        return len(text.split())

    @property
    def longest(self) -> int:
        return 60


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    store = open_store(tmp_path / "store.sqlite", width=WIDTH)
    made = Index(store, BagOfWords(), RetrievalSettings(k=2))
    made.put_all(Document(id=name, text=text, title=name.partition(".")[0]) for name, text in TEXTS.items())
    yield made
    store.close()


def first(index: Index, question: str, *names: str) -> str:
    return index.search(question, asker=caller(*names)).passages[0].document


@pytest.mark.parametrize("how", ["dense", "lexical", "hybrid"])
def test_every_way_of_searching_finds_the_right_document(index: Index, how: Any) -> None:
    index.settings = RetrievalSettings(search=how, k=1)
    assert first(index, "when do I change the filter?") == "filter.md"


def test_a_new_revision_is_found_at_once_and_the_old_one_never(index: Index) -> None:
    assert index.put(Document(id="gas.md", text="# Gas\nScrew the bottle in.", title="gas")) == "revised"
    (best,) = index.search("screw bottle", asker=caller(), k=1).passages
    assert best.text == "# Gas\nScrew the bottle in."
    assert not any("cylinder" in p.text for p in index.search("cylinder", asker=caller(), k=9).passages)


def test_only_what_changed_is_embedded_again(index: Index) -> None:
    embedder = index.embedder
    assert isinstance(embedder, BagOfWords)
    embedder.embedded.clear()
    documents = [Document(id=name, text=text, title=name.partition(".")[0]) for name, text in TEXTS.items()]
    documents[1] = Document(id="filter.md", text="# Filter\nEvery ninety days.", title="filter")
    documents[2] = Document(id="gas.md", text=TEXTS["gas.md"], title="gas", readers=("ann",))
    assert index.put_all(documents) == ["unchanged", "revised", "granted"]
    assert embedder.embedded == ["filter\n# Filter\nEvery ninety days."]
    assert "gas.md" not in {p.document for p in index.search("cylinder", asker=caller("ben"), k=9).passages}
    assert first(index, "turn the cylinder", "ann") == "gas.md"


def test_many_documents_are_written_in_batches(index: Index) -> None:
    many = [Document(id=f"d{i}", text=f"document number {i}") for i in range(1100)]
    assert index.put_all(many) == ["added"] * 1100
    assert first(index, "number 1077") == "d1077"


def test_each_question_of_many_has_its_own_asker(index: Index) -> None:
    index.put(Document(id="secret.md", text="the merger plan", readers=("board",)))
    found = index.search_all(["merger plan"] * 3, askers=[caller("board"), caller("ann"), frozenset()], k=5)
    assert [("secret.md" in {p.document for p in one.passages}) for one in found] == [True, False, False]
    assert found[2].passages == []


def test_fusion_is_by_rank_alone() -> None:
    assert fuse([["a", "b", "c"], ["c", "a"]])[:2] == ["a", "c"]
    assert fuse([[], ["x"]]) == ["x"]
    assert fuse([]) == []


def test_variety_takes_the_best_first_and_avoids_its_twins() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert choose_varied([0.9, 0.89, 0.3], vectors, k=2, diversity=0.0) == [0, 1]
    assert choose_varied([0.9, 0.89, 0.3], vectors, k=2, diversity=0.5) == [0, 2]
    assert choose_varied([0.9], vectors[:1], k=5, diversity=1.0) == [0]


def test_diversity_brings_other_passages(index: Index) -> None:
    for i in range(4):
        index.put(Document(id=f"copy{i}.md", text=f"change the filter every sixty days {i}"))
    plain = index.search("change the filter", asker=caller(), k=3).passages
    index.settings = RetrievalSettings(diversity=0.7)
    varied = index.search("change the filter", asker=caller(), k=3).passages
    assert varied[0].id == plain[0].id
    assert {p.document for p in varied} != {p.document for p in plain}


def test_an_overlap_of_more_than_half_is_refused() -> None:
    with pytest.raises(ValueError, match="at most half of chunk_tokens"):
        RetrievalSettings(chunk_tokens=64, overlap=40)


def test_a_reranker_orders_the_best_anew_and_sees_what_the_caller_may_read(index: Index) -> None:
    class Loves:
        """Likes passages with one word, and notes what it is shown."""

        def __init__(self, word: str) -> None:
            self.word, self.seen = word, set[str]()

        def rate(self, question: str, texts: Sequence[str]) -> list[float]:
            self.seen |= set(texts)
            return [float(self.word in text) for text in texts]

    index.put(Document(id="secret.md", text="The filter merger.", title="secret", readers=("board",)))
    index.settings = RetrievalSettings(k=3, rerank=RerankSettings(candidates=2))
    index.reranker = Loves("cylinder")
    question = "turn the filter"
    plain = Index(index.store, index.embedder, RetrievalSettings(k=3)).search(question, asker=caller())
    found = index.search(question, asker=caller())
    places = [next(i for i, name in enumerate(plain.considered) if "gas.md" in name)]
    assert places[0] < 2  # among the two that are looked at again
    assert found.passages[0].document == "gas.md"
    assert sorted(found.considered) == sorted(plain.considered)
    assert found.considered[2:] == plain.considered[2:]
    assert not any("merger" in text for text in index.reranker.seen)
    index.reranker = Loves("merger")
    index.settings = RetrievalSettings(k=3, rerank=RerankSettings(candidates=10))
    assert index.search(question, asker=caller("board")).passages[0].document == "secret.md"
