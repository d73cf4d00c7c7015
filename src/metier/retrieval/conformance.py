"""What every document store must do, as checks that anybody can run on theirs.

    from metier.retrieval.conformance import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_store(check):
        check(lambda: MyStore(width=4))

Each check opens fresh stores of vectors of width 4 through the function that it is given, and raises AssertionError.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from metier.core import Document
from metier.retrieval.access import Caller, caller
from metier.retrieval.chunking import Chunk
from metier.retrieval.ranking import LENGTH, SATURATION
from metier.retrieval.store import Filing, Store

WIDTH = 4
OpenStore = Callable[[], Store]
_WORDS = ["merger", "budget", "plan", "secret", "salary", "lunch", "menu", "garden", "tower", "river"]
HOSTILE = (
    '"',
    "a OR",
    "NEAR(",
    "merger-plan",
    "text:merger",
    "mer*",
    "^merger",
    "'; DROP TABLE chunks; --",
    "%",
    "{a b}",
)
"""Questions that a query language would read as its own; ``tests/retrieval`` has two hundred."""


def filing(name: str, text: str, *, readers: Sequence[str] | None = None, vector: Any = None) -> Filing:
    """A document of one chunk; its vector follows from its text unless it is given."""
    chunk = Chunk(id=f"{name}:0", place=0, heading="", text=text)
    vector = unit(text) if vector is None else np.asarray(vector, dtype=np.float32)
    document = Document(id=name, text=text, title=name, readers=None if readers is None else tuple(readers))
    return Filing(document, [chunk], vector[None, :], text)


def unit(text: str) -> Any:
    """A unit vector that belongs to a text, float32 [4]."""
    vector = np.random.default_rng(sum(text.encode()) + len(text)).normal(size=WIDTH)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def searched(store: Store, question: str, asker: Caller, *, k: int = 50) -> list[tuple[str, float]]:
    """Everything that both searches tell a caller."""
    found = store.dense(unit(question), asker=asker, k=k) + store.lexical(question, asker=asker, k=k)
    return [(hit.id, hit.score) for hit in found]


def finds_what_was_put(make: OpenStore) -> None:
    """By meaning and by word, under any inflection that the tokenizer joins, with its text and heading."""
    store = make()
    store.put([filing("a", "the budget for lunch"), filing("b", "a garden by the river")])
    assert store.dense(unit("a garden by the river"), asker=caller(), k=1)[0].id == "b:0"
    assert [hit.id for hit in store.lexical("Budget?", asker=caller(), k=5)] == ["a:0"]
    (chunk,) = store.chunks(["a:0"], asker=caller())
    assert (chunk.document, chunk.text) == ("a", "the budget for lunch")
    assert np.allclose(store.vectors(["b:0", "a:0"], asker=caller())[0], unit("a garden by the river"))


def dense_search_is_exact(make: OpenStore) -> None:
    """The same chunks in the same order as comparing with every one."""
    draw, store = random.Random(0), make()
    texts = [" ".join(draw.choices(_WORDS, k=4)) + f" {i}" for i in range(60)]
    store.put([filing(f"d{i}", text) for i, text in enumerate(texts)])
    question = unit("which tower")
    scores = [float(unit(text) @ question) for text in texts]
    expected = sorted(range(60), key=lambda i: -scores[i])[:10]
    assert [hit.id for hit in store.dense(question, asker=caller(), k=10)] == [f"d{i}:0" for i in expected]


def lexical_search_is_bm25(make: OpenStore) -> None:
    """Scores by the definition, over what the caller may read."""
    store = make()
    texts = {"a": "river river tower", "b": "tower garden plan budget", "c": "lunch"}
    store.put([filing(name, text) for name, text in texts.items()])
    store.put([filing("hidden", "river tower " * 30, readers=["board"])])
    words = [text.split() for text in texts.values()]
    average = sum(map(len, words)) / 3

    def score(text: list[str], word: str) -> float:
        df = sum(word in other for other in words)
        tf = text.count(word)
        weight = SATURATION * (1 - LENGTH + LENGTH * len(text) / average)
        return math.log1p((3 - df + 0.5) / (df + 0.5)) * tf * (SATURATION + 1) / (tf + weight)

    found = {hit.id: hit.score for hit in store.lexical("river tower", asker=caller(), k=5)}
    assert set(found) == {"a:0", "b:0"}
    for name, text in texts.items():
        expected = score(text.split(), "river") + score(text.split(), "tower")
        assert math.isclose(found.get(f"{name}:0", 0.0), expected, rel_tol=1e-9)


def a_revision_replaces_all_of_the_old(make: OpenStore) -> None:
    """Chunks, words, vectors and grants, for the very next search."""
    store = make()
    store.put([filing("a", "the old budget", readers=["ann"])])
    store.put([filing("a", "a new menu")])
    assert store.lexical("budget", asker=caller("ann"), k=5) == []
    assert [hit.id for hit in store.lexical("menu", asker=caller(), k=5)] == ["a:0"]
    assert len(store.dense(unit("x"), asker=caller("ann"), k=5)) == 1
    assert [(entry.id, entry.chunks, entry.readers) for entry in store.catalogue()] == [("a", 1, ("*",))]


def what_is_deleted_is_not_found(make: OpenStore) -> None:
    """And deleting what is not there is no error."""
    store = make()
    store.put([filing("a", "the budget"), filing("b", "the menu")])
    assert store.delete("a")
    assert not store.delete("a")
    assert [name for name, _ in searched(store, "budget menu", caller())] == ["b:0", "b:0"]
    assert store.chunks(["a:0"], asker=caller()) == []
    store.purge()
    assert [name for name, _ in searched(store, "budget menu", caller())] == ["b:0", "b:0"]


def nothing_is_granted_by_default(make: OpenStore) -> None:
    """No names see nothing, not even what is everybody's; a document of no readers is nobody's."""
    store = make()
    store.put([filing("public", "menu"), filing("nobodys", "menu", readers=[])])
    assert searched(store, "menu", frozenset()) == []
    assert store.chunks(["public:0", "nobodys:0"], asker=frozenset()) == []
    assert len(store.vectors(["public:0"], asker=frozenset())) == 0
    assert {name for name, _ in searched(store, "menu", caller("ann"))} == {"public:0"}


def a_revocation_holds_at_once(make: OpenStore) -> None:
    """As does a grant, whatever was searched before."""
    store = make()
    store.put([filing("a", "merger plan", readers=["ann"])])
    ann, ben = caller("ann"), caller("ben")
    assert len(searched(store, "merger", ann)) == 2
    assert searched(store, "merger", ben) == []
    assert store.grant("a", ["ben"])
    assert searched(store, "merger", ann) == []
    assert store.chunks(["a:0"], asker=ann) == []
    assert len(searched(store, "merger", ben)) == 2
    assert not store.grant("no such document", ["ben"])


def what_is_forbidden_never_shows(make: OpenStore) -> None:
    """Forbidden chunks that fit best take no place of an allowed one, however few are allowed."""
    store = make()
    store.put([filing(f"f{i}", "merger merger merger", readers=["board"]) for i in range(80)])
    store.put([filing(f"o{i}", f"lunch with a merger {i}", readers=["ann"]) for i in range(3)])
    best = unit("merger merger merger")
    assert {hit.id for hit in store.dense(best, asker=caller("ann"), k=3)} == {"o0:0", "o1:0", "o2:0"}
    assert {hit.id for hit in store.lexical("merger", asker=caller("ann"), k=3)} == {"o0:0", "o1:0", "o2:0"}


def what_is_forbidden_moves_no_score(make: OpenStore) -> None:
    """Over random grants: what a caller is told is the same, to the last bit, as without the forbidden documents."""
    for seed in range(12):
        draw = random.Random(seed)
        people = [f"p{i}" for i in range(4)]
        everything = [
            filing(
                f"d{i}",
                " ".join(draw.choices(_WORDS, k=draw.randint(1, 9))),
                readers=draw.choice([None, [], draw.sample(people, draw.randint(1, 3))]),
            )
            for i in range(40)
        ]
        store = make()
        store.put(everything)
        for name in people:
            allowed = {f.document.id for f in everything if f.document.readers is None or name in f.document.readers}
            alone = make()
            alone.put([filed for filed in everything if filed.document.id in allowed])
            for question in [*draw.sample(_WORDS, 3), "salary plan", "nothing of the kind"]:
                told = searched(store, question, caller(name))
                assert {chunk.partition(":")[0] for chunk, _ in told} <= allowed
                assert told == searched(alone, question, caller(name))
            alone.close()
        store.close()


def looks_only_within(make: OpenStore) -> None:
    """Where a search is limited to documents, before ranking; unknown ids are none, an empty set is nothing."""
    store = make()
    store.put([filing(f"d{i}", f"menu {i}") for i in range(5)])
    assert {hit.id for hit in store.lexical("menu", asker=caller(), k=1, within=["d3", "zzz"])} == {"d3:0"}
    assert {hit.id for hit in store.dense(unit("x"), asker=caller(), k=9, within=["d3"])} == {"d3:0"}
    assert store.dense(unit("x"), asker=caller(), k=9, within=[]) == []


def questions_are_words_and_nothing_else(make: OpenStore) -> None:
    """Query syntax, SQL and odd characters neither fail nor find more than their words do."""
    store = make()
    store.put([filing("a", "a merger plan"), filing("b", "lunch", readers=["board"])])
    for question in HOSTILE:
        assert {hit.id for hit in store.lexical(question, asker=caller(), k=5)} <= {"a:0"}
    assert store.lexical("lunch OR merger*", asker=caller(), k=5)[0].id == "a:0"


CHECKS: tuple[Callable[[OpenStore], None], ...] = (
    finds_what_was_put,
    dense_search_is_exact,
    lexical_search_is_bm25,
    a_revision_replaces_all_of_the_old,
    what_is_deleted_is_not_found,
    nothing_is_granted_by_default,
    a_revocation_holds_at_once,
    what_is_forbidden_never_shows,
    what_is_forbidden_moves_no_score,
    looks_only_within,
    questions_are_words_and_nothing_else,
)
"""All checks."""
