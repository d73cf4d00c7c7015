"""The store of one SQLite file: the conformance suite, and what is its own."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from metier.core import Document, IntegrityError
from metier.retrieval import Chunk, Filing, Store, caller, open_store
from metier.retrieval.conformance import CHECKS, WIDTH, OpenStore, filing, searched, unit

ANN = caller("ann")


@pytest.fixture
def make(tmp_path: Path) -> OpenStore:
    numbers = iter(range(1000))
    return lambda: open_store(tmp_path / f"{next(numbers)}.sqlite", width=WIDTH)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_store_conforms(check: Callable[[OpenStore], None], make: OpenStore) -> None:
    check(make)


def test_purging_leaves_no_byte_of_what_was_deleted_or_replaced(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite", width=WIDTH)
    kept = [filing(f"kept{i}", f"ordinary text number {i} " * 30) for i in range(40)]
    store.put([*kept, filing("gone", "the zanzibarium is under the stairs " * 200, readers=["quixote"])])
    store.put([filing("revised", "the old xylophonist plays at noon " * 200)])
    store.put([filing("revised", "somebody else plays")])
    searched(store, "zanzibarium", caller("quixote"))
    vector = np.ascontiguousarray(unit("the zanzibarium is under the stairs " * 200), dtype="<f4").tobytes()
    assert store.delete("gone")
    store.purge()
    searched(store, "zanzibarium xylophonist", caller("quixote"))
    found = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for secret in (b"zanzibar", b"xylophon", b"quixote", b"gone", vector):
        assert not any(secret in content for content in found), secret
    assert any(b"ordinary" in content for content in found)
    store.close()


def test_without_purging_the_words_are_still_in_the_file(tmp_path: Path) -> None:
    """So that the test above can fail."""
    store = open_store(tmp_path / "store.sqlite", width=WIDTH)
    store.put([filing(f"kept{i}", f"ordinary text number {i} " * 30) for i in range(40)])
    store.put([filing("gone", "the zanzibarium is under the stairs " * 200)])
    assert store.delete("gone")
    store.close()
    assert b"zanzibar" in (tmp_path / "store.sqlite").read_bytes()


def test_another_process_sees_a_change_at_once(tmp_path: Path) -> None:
    """Two connections stand for two processes: SQLite shares nothing between them but the file."""
    writer, reader = (open_store(tmp_path / "store.sqlite", width=WIDTH) for _ in range(2))
    writer.put([filing("a", "merger", readers=["ann"])])
    assert len(searched(reader, "merger", ANN)) == 2
    writer.grant("a", ["ben"])
    assert searched(reader, "merger", ANN) == []
    writer.put([filing("b", "merger", readers=["ann"])])
    assert {name for name, _ in searched(reader, "merger", ANN)} == {"b:0"}


def test_a_batch_is_put_whole_or_not_at_all(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite", width=WIDTH)
    store.put([filing("a", "merger")])
    twins = [Chunk(id="same", place=i, heading="", text="lunch") for i in range(2)]
    broken = Filing(Document(id="b", text=""), twins, np.zeros((2, WIDTH), np.float32), "")
    with pytest.raises(sqlite3.IntegrityError):
        store.put([filing("a", "menu"), broken])
    assert [entry.id for entry in store.catalogue()] == ["a"]
    assert len(searched(store, "merger", caller())) == 2


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite", width=WIDTH)
    store.put([filing(f"d{i}", f"menu {i}") for i in range(20)])
    wrong: list[object] = []

    def search() -> None:
        try:
            for _ in range(20):
                assert len(searched(store, "menu", caller(), k=20)) == 40
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    store.put([filing("d0", "menu 0")])
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(("width", "embedder"), [(8, "one"), (WIDTH, "other")])
def test_vectors_of_different_embedders_never_meet(tmp_path: Path, width: int, embedder: str) -> None:
    path = tmp_path / "store.sqlite"
    open_store(path, width=WIDTH, embedder="one").close()
    with pytest.raises(IntegrityError, match="another"):
        open_store(path, width=width, embedder=embedder)


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(3000)])
def test_a_file_that_is_no_store_is_an_integrity_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match="not a document store"):
        open_store(path, width=WIDTH)


def test_words_of_scripts_without_blanks_are_found(tmp_path: Path) -> None:
    store: Store = open_store(tmp_path / "store.sqlite", width=WIDTH)
    store.put([filing("zh", "该公司总部位于柏林"), filing("de", "Die Straße heißt Müllerstraße")])
    assert [hit.id for hit in store.lexical("柏林", asker=caller(), k=1)] == ["zh:0"]
    assert [hit.id for hit in store.lexical("mullerstraße", asker=caller(), k=1)] == ["de:0"]
