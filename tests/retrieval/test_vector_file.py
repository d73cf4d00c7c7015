"""The file of vectors beside a large store: mapped, made anew where it is not the store's, no trace of the gone."""

import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metier.retrieval import SqliteStore, caller, open_store
from metier.retrieval.conformance import CHECKS, WIDTH, OpenStore, filing, searched, unit
from metier.retrieval.ranking import inner_products
from metier.retrieval.stores.sqlite import matrix, snapshot, store
from metier.retrieval.stores.sqlite.matrix import Matrix, matrix_of, staged_of, write_matrix

EVERYBODY = caller()
SECRET = "the zanzibarium is under the stairs"


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made from three chunks on."""
    monkeypatch.setattr(store, "KEPT_BESIDE", 3)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[SqliteStore]:
    made = opened(tmp_path)
    made.put([filing(f"d{i}", f"menu {i}") for i in range(40)])
    made.put([filing("gone", SECRET)])
    searched(made, "menu", EVERYBODY)
    assert matrix_of(made.path).is_file()
    yield made
    made.close()


def opened(folder: Path) -> SqliteStore:
    return open_store(folder / "store.sqlite", width=WIDTH)


def found(made: SqliteStore, text: str = SECRET) -> list[str]:
    return [hit.id for hit in made.dense(unit(text), asker=EVERYBODY, k=1)]


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def vector_bytes(text: str) -> bytes:
    return np.ascontiguousarray(unit(text), dtype="<f4").tobytes()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kept", [0, 3])
def test_the_store_conforms_with_a_file(
    check: Callable[[OpenStore], None], kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT_BESIDE", kept)
    numbers = iter(range(1000))
    check(lambda: open_store(tmp_path / f"{next(numbers)}.sqlite", width=WIDTH))


def test_small_stores_are_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT_BESIDE", 4096)
    made = opened(tmp_path)
    made.put([filing(f"d{i}", f"menu {i}") for i in range(40)])
    searched(made, "menu", EVERYBODY)
    assert [path.name for path in tmp_path.iterdir()] == ["store.sqlite"]


def test_vectors_are_read_from_the_file(filled: SqliteStore) -> None:
    """So that the tests below say something: with other numbers in it, other chunks are found."""
    path = matrix_of(filled.path)
    content = bytearray(path.read_bytes())
    places = 4096 + 4 * WIDTH * 40, 4096
    rows = [content[place : place + 4 * WIDTH] for place in places]
    for place, row in zip(places, reversed(rows), strict=True):
        content[place : place + 4 * WIDTH] = row
    with path.open("r+b") as file:
        file.write(content)
    assert found(filled) == ["d0:0"]


def test_a_deletion_is_wiped_from_the_file_at_once(filled: SqliteStore, tmp_path: Path) -> None:
    assert vector_bytes(SECRET) in matrix_of(filled.path).read_bytes()
    filled.delete("gone")
    assert vector_bytes(SECRET) not in bytes_of(tmp_path)
    assert found(filled) != ["gone:0"]


def test_a_revision_is_wiped_too_and_found_at_once(filled: SqliteStore, tmp_path: Path) -> None:
    filled.put([filing("gone", "somebody else plays")])
    assert vector_bytes(SECRET) not in bytes_of(tmp_path)
    assert found(filled, "somebody else plays") == ["gone:0"]


def test_whoever_was_killed_before_wiping_is_followed_by_the_next_search(
    filled: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(store, "wipe", lambda *_, **__: None)
        filled.delete("gone")
    assert vector_bytes(SECRET) in matrix_of(filled.path).read_bytes()
    other = opened(tmp_path)
    assert found(other) != ["gone:0"]
    assert vector_bytes(SECRET) not in matrix_of(filled.path).read_bytes()
    other.close()


def test_purging_leaves_no_byte_in_any_file(filled: SqliteStore, tmp_path: Path) -> None:
    staged_of(filled.path).write_bytes(b"a killed process left zanzibarium " + vector_bytes(SECRET))
    filled.delete("gone")
    assert not staged_of(filled.path).exists()
    filled.purge()
    assert found(filled, "menu 7") == ["d7:0"]
    content = bytes_of(tmp_path)
    assert not any(secret in content for secret in (b"zanzibar", vector_bytes(SECRET)))
    assert vector_bytes("menu 7") in matrix_of(filled.path).read_bytes()


@pytest.mark.parametrize("fault", ["missing", "empty", "cut", "other mark", "other state"])
def test_a_file_that_is_not_of_the_store_is_made_anew(filled: SqliteStore, tmp_path: Path, fault: str) -> None:
    path = matrix_of(filled.path)
    filled.close()
    content = path.read_bytes()
    broken = {
        "empty": b"",
        "cut": content[:-9],
        "other mark": b"x" + content[1:],
        "other state": content[:16] + b"0" * 16 + content[32:],
    }
    path.unlink() if fault == "missing" else path.write_bytes(broken[fault])
    again = opened(tmp_path)
    assert found(again) == ["gone:0"]
    assert len(path.read_bytes()) == len(content)
    again.close()


def test_a_store_copied_over_another_brings_no_vectors_of_it(filled: SqliteStore, tmp_path: Path) -> None:
    """Both have chunks of the same numbers."""
    other = opened(tmp_path / "other")
    other.put([filing(f"e{i}", "garden" + "s" * i) for i in range(41)])
    searched(other, "garden", EVERYBODY)
    other.close()
    filled.close()
    shutil.copyfile(other.path, filled.path)
    again = opened(tmp_path)
    assert found(again, "garden" + "s" * 40) == ["e40:0"]
    again.close()


def test_an_older_copy_of_a_store_finds_what_was_deleted_since(filled: SqliteStore, tmp_path: Path) -> None:
    """The file was wiped; its token is still that of the copy."""
    shutil.copyfile(filled.path, tmp_path / "backup")
    filled.delete("gone")
    filled.close()
    shutil.copyfile(tmp_path / "backup", filled.path)
    again = opened(tmp_path)
    assert found(again) == ["gone:0"]
    again.close()


def test_chunks_come_and_go_beside_the_file_until_it_is_made_anew(filled: SqliteStore) -> None:
    path = matrix_of(filled.path)
    first = path.stat().st_ino
    for number in range(3):
        filled.put([filing(f"new{number}", f"a new plan {number}")])
        assert found(filled, f"a new plan {number}") == [f"new{number}:0"]
    filled.delete("new0")
    assert found(filled, "a new plan 1") == ["new1:0"]
    assert path.stat().st_ino == first
    filled.put([filing(f"more{number}", f"yet another {number}") for number in range(9)])
    assert found(filled, "yet another 8") == ["more8:0"]
    assert len(path.read_bytes()) == 4096 + (4 * WIDTH + 24) * 52
    filled.put([filing(f"d{i}", f"supper {i}") for i in range(40)])
    assert found(filled, "supper 3") == ["d3:0"]
    assert len(path.read_bytes()) == 4096 + (4 * WIDTH + 24) * 52


def test_another_process_takes_up_a_new_file_and_what_it_lacks(filled: SqliteStore, tmp_path: Path) -> None:
    other = opened(tmp_path)
    assert found(other) == ["gone:0"]
    filled.put([filing(f"more{number}", f"yet another {number}") for number in range(9)])
    assert found(filled, "yet another 8") == found(other, "yet another 8") == ["more8:0"]
    filled.delete("gone")
    assert found(other) == found(filled) != ["gone:0"]
    other.close()


def test_where_no_file_can_be_written_vectors_are_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(snapshot, "write_matrix", full)
    made = opened(tmp_path)
    made.put([filing(f"d{i}", f"menu {i}") for i in range(40)])
    assert found(made, "menu 7") == ["d7:0"]
    made.delete("d7")
    assert found(made, "menu 7") != ["d7:0"]
    made.close()


def test_a_file_is_written_whole_or_not_at_all(filled: SqliteStore) -> None:
    before = matrix_of(filled.path).read_bytes()

    def breaks() -> Iterator[tuple[int, int, int, bytes]]:
        yield 1, 1, 1, bytes(4 * WIDTH)
        raise sqlite3.OperationalError("the disk broke")

    with pytest.raises(sqlite3.OperationalError):
        write_matrix(filled.path, breaks(), width=WIDTH)
    assert matrix_of(filled.path).read_bytes() == before
    assert not staged_of(filled.path).exists()


@pytest.mark.skipif(not Path("/proc/self/smaps").is_file(), reason="the system does not say what a mapping holds")
@pytest.mark.parametrize("every", [1, 50])
def test_a_search_holds_a_part_of_the_file_wherever_its_rows_lie(
    every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "_HELD", 8 << 20)
    width, rows = 384, 32_768
    path = tmp_path / "store.sqlite"
    draw = np.random.default_rng(0).normal(size=(rows, width)).astype("<f4")
    token = write_matrix(path, ((i + 1, 1, 1, draw[i].tobytes()) for i in range(rows)), width=width)
    mapped = Matrix.of(path, width=width, token=token)
    assert mapped
    seen: list[int] = []
    let_go = mapped._let_go
    monkeypatch.setattr(mapped, "_let_go", lambda more: (let_go(more), seen.append(resident(matrix_of(path)))))
    scores = inner_products(mapped.take, np.arange(0, rows, every), draw[5])
    assert np.allclose(scores, draw[::every] @ draw[5], rtol=1e-4, atol=1e-3)
    assert max(seen) < 20 << 20
    assert resident(matrix_of(path)) < 20 << 20 < matrix_of(path).stat().st_size


def resident(path: Path) -> int:
    """Bytes of a mapped file that are in this process's memory."""
    lines: Any = iter(Path("/proc/self/smaps").read_text().splitlines())
    mine = next(line for line in lines if line.endswith(str(path)))
    return int(next(line for line in lines if line.startswith("Rss:") and mine).split()[1]) << 10
