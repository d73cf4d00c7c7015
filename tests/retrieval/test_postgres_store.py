"""The PostgreSQL store against a real server: the conformance suite, and what is its own."""

import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.retrieval.hostile import questions

from metier.core import Document, IntegrityError, ServiceError
from metier.retrieval import Chunk, Filing, caller, open_store
from metier.retrieval.conformance import CHECKS, WIDTH, OpenStore, filing, searched, unit

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed (extra postgres)")
from tests import postgres_server  # noqa: E402

if postgres_server.why_not():
    pytest.skip(postgres_server.why_not(), allow_module_level=True)

from metier.retrieval.stores.postgres import VARIABLE, kind  # noqa: E402
from metier.retrieval.stores.postgres.schema import PROTECTED, READER  # noqa: E402
from metier.retrieval.stores.postgres.store import PostgresStore  # noqa: E402

ANN = caller("ann")
Open = Callable[..., PostgresStore]


@pytest.fixture(scope="module")
def server() -> Generator[Any]:
    with postgres_server.server() as running:
        yield running


@pytest.fixture
def opened(server: Any, request: pytest.FixtureRequest) -> Generator[Open]:
    """Opens stores by the name of their schema, and closes them."""
    stores: list[PostgresStore] = []

    def open_(schema: str, **settings: Any) -> PostgresStore:
        settings = {"width": WIDTH, **settings}
        stores.append(PostgresStore(server.owner, schema=f"{request.node.name[:40]} {schema}", **settings))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


@pytest.fixture
def make(opened: Open) -> OpenStore:
    numbers = iter(range(1000))
    return lambda: opened(f"{next(numbers)}")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_store_conforms(check: Callable[[OpenStore], None], make: OpenStore) -> None:
    check(make)


def test_it_finds_what_the_store_of_one_file_finds(opened: Open, server: Any, tmp_path: Path) -> None:
    here = opened("a")
    assert here.compares is server.pgvector
    there = open_store(tmp_path / "store.sqlite", width=WIDTH)
    draw = np.random.default_rng(0)
    words = ["tower", "towers", "Müllerstraße", "mullerstraße", "柏林", "E05", "x" * 3000, "the", "plan"]
    texts = [" ".join(draw.choice(words, size=int(draw.integers(1, 30)))) for _ in range(60)]
    filings = [filing(f"d{i}", text, readers=["ann"] if i % 3 else None) for i, text in enumerate(texts)]
    for store in (here, there):
        store.put(filings)
    for question in ["towers", "柏林 plan", "what is E05", "x" * 3000, "mullerstraße"]:
        for asker in (ANN, caller("ben")):
            ours, theirs = searched(here, question, asker), searched(there, question, asker)
            assert [name for name, _ in ours] == [name for name, _ in theirs]
            assert [score for _, score in ours] == pytest.approx([score for _, score in theirs], abs=1e-6)
    there.close()


def test_the_searching_role_meets_nothing_without_a_caller_and_writes_nothing(opened: Open, server: Any) -> None:
    store = opened("a")
    store.put([filing("a", "merger", readers=["ann"]), filing("b", "menu")])
    with psycopg.connect(server.owner, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("SET search_path TO {}").format(psycopg.sql.Identifier(store.schema)))
        connection.execute(f"SET ROLE {READER}")

        def rows(table: str) -> int:
            return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

        assert [rows(table) for table in PROTECTED] == [0] * len(PROTECTED)
        for asker, expected in (("{}", 0), ("{ben}", 0), ("{ann}", 1), ("{*}", 1), ("{ann,*}", 2)):
            connection.execute("SELECT set_config('metier.asker', %s, false)", (asker,))
            assert [rows(table) for table in PROTECTED] == [expected] * len(PROTECTED)
        for statement in (
            "DELETE FROM chunks",
            "INSERT INTO grants SELECT '*', number FROM documents",
            "UPDATE documents SET title = ''",
            "DELETE FROM about",
            "ALTER TABLE chunks DISABLE ROW LEVEL SECURITY",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_policies_bind_an_administrator_and_a_user_who_may_only_search(server: Any) -> None:
    store = PostgresStore(server.administrator, schema="administered", width=WIDTH)
    store.put([filing("a", "merger", readers=["ann"])])
    assert searched(store, "merger", caller("ben")) == []
    with psycopg.connect(server.administrator, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE searcher LOGIN; GRANT {READER} TO searcher")
    address = server.owner.replace("user=owner", "user=searcher")
    searching = PostgresStore(address, schema="administered", width=WIDTH, make=False)
    assert len(searched(searching, "merger", ANN)) == 2
    assert searched(searching, "merger", caller("ben")) == []
    assert searching.catalogue() == []
    with pytest.raises(ServiceError, match="does not let this user"):
        searching.put([filing("b", "menu")])
    assert [entry.id for entry in store.catalogue()] == ["a"]
    searching.close()
    store.drop()


def test_a_grant_taken_away_by_anybody_holds_for_the_next_search(opened: Open, server: Any) -> None:
    """Not only through the store: a statement of the database's owner counts as well."""
    writer = opened("a")
    reader = opened("a")
    writer.put([filing("a", "merger", readers=["ann"])])
    assert len(searched(reader, "merger", ANN)) == 2
    with psycopg.connect(server.owner) as connection:
        connection.execute(psycopg.sql.SQL("DELETE FROM {}.grants").format(psycopg.sql.Identifier(writer.schema)))
    assert searched(reader, "merger", ANN) == []


def test_a_caller_of_one_search_is_forgotten_for_the_next(opened: Open) -> None:
    store = opened("a")
    store.put([filing("a", "merger", readers=["ann"])])
    assert len(searched(store, "merger", ANN)) == 2
    assert searched(store, "merger", caller("ben")) == []
    assert searched(store, "merger", frozenset()) == []
    assert searched(store, "merger", caller("ann}", '{"ann"}', "ann,ben", "ann\x00")) == []


def test_purging_leaves_no_byte_in_tables_indexes_and_statistics(opened: Open, server: Any) -> None:
    store = opened("a")
    kept = [filing(f"kept{i}", f"ordinary text number {i} " * 30) for i in range(40)]
    store.put([*kept, filing("gone", "the zanzibarium is under the stairs " * 200, readers=["quixote"])])
    store.put([filing("revised", "the old xylophonist plays at noon " * 200)])
    store.put([filing("revised", "somebody else plays")])
    searched(store, "zanzibarium", caller("quixote"))
    secrets = (b"zanzibar", b"xylophon", b"quixote", unit("the zanzibarium is under the stairs " * 200).tobytes())

    def left() -> list[bytes]:
        with psycopg.connect(server.administrator, autocommit=True) as connection:
            connection.execute("ANALYZE")
            connection.execute("CHECKPOINT")
        found = [path.read_bytes() for path in (server.data / "base").rglob("*") if path.is_file()]
        assert any(b"ordinary" in content for content in found)
        return [secret for secret in secrets if any(secret in content for content in found)]

    assert store.delete("gone")
    assert left()[:2] == [b"zanzibar", b"xylophon"]  # so that this test can fail
    store.purge()
    assert left() == []
    assert searched(store, "zanzibarium xylophonist", caller("quixote")) is not None


def test_a_batch_is_put_whole_or_not_at_all(opened: Open) -> None:
    store = opened("a")
    store.put([filing("a", "merger")])
    twins = [Chunk(id="same", place=i, heading="", text="lunch") for i in range(2)]
    broken = Filing(Document(id="b", text=""), twins, np.zeros((2, WIDTH), np.float32), "")
    with pytest.raises(psycopg.errors.UniqueViolation):
        store.put([filing("a", "menu"), broken])
    assert [entry.id for entry in store.catalogue()] == ["a"]
    assert len(searched(store, "merger", caller())) == 2


def test_threads_and_connections_share_an_index(opened: Open) -> None:
    store, writers = opened("a"), [opened("a") for _ in range(2)]
    store.put([filing(f"d{i}", f"menu {i}") for i in range(20)])
    wrong: list[object] = []

    def doing(action: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                for _ in range(10):
                    action()
            except BaseException as error:
                wrong.append(error)

        return run

    def search() -> None:
        assert len(searched(store, "menu", caller(), k=20)) == 40

    actions = [search, search, *(lambda one=one: one.put([filing("d0", "menu 0")]) for one in writers)]
    threads = [threading.Thread(target=doing(action)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_odd_texts_are_kept_and_found(opened: Open) -> None:
    store = opened("a")
    chunk = Chunk(id="zero\x00", place=0, heading="", text="a zero\x00byte and half a character \ud800")
    store.put([Filing(Document(id="zero\x00", text=""), [chunk], unit("x")[None], "")])
    assert len(store.chunks(["zero\x00"], asker=caller())) == 1
    store.put([filing("wörter", "x" * 100_000 + " tower")])
    for question in questions():
        store.lexical(question, asker=caller(), k=5)
    assert [hit.id for hit in store.lexical("x" * 4000, asker=caller(), k=5)] == []
    assert [hit.id for hit in store.lexical("tower", asker=caller(), k=5)] == ["wörter:0"]
    assert store.delete("zero\x00")


@pytest.mark.parametrize(("width", "embedder"), [(8, "one"), (WIDTH, "other")])
def test_vectors_of_different_embedders_never_meet_in_a_schema(opened: Open, width: int, embedder: str) -> None:
    opened("a", embedder="one")
    with pytest.raises(IntegrityError, match="another"):
        opened("a", width=width, embedder=embedder)


def test_a_server_that_went_away_is_an_error_of_its_own_and_found_again(opened: Open, server: Any) -> None:
    store = opened("a")
    store.put([filing("a", "menu")])
    with psycopg.connect(server.administrator, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'owner'")
    with pytest.raises(ServiceError, match="PostgreSQL"):
        searched(store, "menu", caller())
    assert len(searched(store, "menu", caller())) == 2


def test_a_user_without_the_rights_is_told_which(server: Any) -> None:
    with psycopg.connect(server.administrator, autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
    with pytest.raises(ServiceError, match=r"GRANT CREATE ON DATABASE|CREATE ROLE metier_reader"):
        PostgresStore(server.owner.replace("user=owner", "user=guest"), schema="guests", width=WIDTH)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:hunter2@127.0.0.1:1/db",
        "host=127.0.0.1 port=1 password=hunter2",
        "postgres:/ann:hunter2@somewhere",
        "password=hunter2 nonsense",
    ],
)
def test_no_error_carries_the_password(address: str) -> None:
    with pytest.raises(ServiceError) as caught:
        PostgresStore(address, schema="x", width=WIDTH)
    error: BaseException | None = caught.value
    assert "hunter2" not in str(error)
    assert caught.value.__suppress_context__


def test_folders_over_the_same_documents_share_an_index_and_keep_no_address(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, server.owner)

    def open_in(folder: str, about: list[str]) -> PostgresStore:
        store = kind.open(tmp_path / folder, about=about, width=WIDTH, embedder="one")
        assert isinstance(store, PostgresStore)
        return store

    stores = [open_in("one", ["handbook"]), open_in("two", ["handbook"]), open_in("three", ["other"])]
    stores[0].put([filing("a", "menu")])
    assert [len(store.catalogue()) for store in stores] == [1, 1, 0]
    (tmp_path / "moved").mkdir()
    (tmp_path / "one" / kind.file).rename(tmp_path / "moved" / kind.file)
    moved = open_in("moved", ["not looked at: the file says it"])
    assert len(moved.catalogue()) == 1
    assert not any(server.owner.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for store in (*stores[1:], moved):
        store.close()
    stores[0].drop()
    with pytest.raises(IntegrityError, match="no schema"):
        open_in("two", ["handbook"])


def test_the_recipe_is_checked_before_any_work() -> None:
    (problem,) = kind.check({})
    assert VARIABLE in problem.expected
    assert kind.check({VARIABLE: "postgresql://ann:hunter2@db/x"}) == []


def test_metier_needs_no_psycopg_where_postgresql_is_not_asked_for() -> None:
    code = "import sys; sys.modules['psycopg'] = None; import metier.approaches, metier.retrieval.stores.postgres"
    subprocess.run([sys.executable, "-c", code], check=True)
