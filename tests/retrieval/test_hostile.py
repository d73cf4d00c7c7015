"""Questions and files that mean ill: none fails, none finds or becomes more than it should."""

from pathlib import Path

import pytest
from tests.retrieval import hostile

from metier.retrieval import Limits, caller, collect, open_store
from metier.retrieval.conformance import WIDTH, filing
from metier.retrieval.reading import RefusedError
from metier.retrieval.reading.parser import Parser


def test_two_hundred_hostile_questions_are_words(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite", width=WIDTH)
    store.put([filing("a", "a merger plan"), filing("b", "secret merger", readers=["board"])])
    before = (tmp_path / "store.sqlite").read_bytes()
    asked = hostile.questions()
    assert len(asked) >= 200
    for question in asked:
        assert {hit.id for hit in store.lexical(question, asker=caller(), k=5)} <= {"a:0"}, question[:80]
    assert (tmp_path / "store.sqlite").read_bytes() == before
    assert [hit.id for hit in store.lexical("NOT (merger*", asker=caller(), k=5)] == ["a:0"]


def test_hostile_names_of_callers_and_documents_grant_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.sqlite", width=WIDTH)
    store.put([filing("a", "merger", readers=["board"])])
    for name in (*hostile.questions()[:90], "BOARD", "board ", "board,hr", "board') OR ('1'='1"):
        plain = name.encode("utf-8", "replace").decode()
        assert store.lexical("merger", asker=caller(plain), k=5) == []
        assert store.lexical("merger", asker=caller("board"), k=5, within=[plain]) == []


def test_fifty_hostile_documents_are_refused_each_with_its_reason(tmp_path: Path) -> None:
    files = dict(hostile.documents())
    assert len(files) >= 50
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "good.md").write_text("# Good\nThis one is read.")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "outside.md").symlink_to("/etc/hostname")
    collected = collect(tmp_path, limits=Limits(memory_mb=700, seconds=10))
    assert [document.id for document in collected.documents] == ["good.md"]
    left = dict(collected.left_out)
    assert set(left) == {*files, "outside.md"}
    assert "leads out of the folder" in left["outside.md"]
    assert all(len(why) > 10 and "Traceback" not in why for why in left.values())
    assert "document type declaration" in left["laughs.docx"]
    assert "64 MB" in left["bomb.docx"]
    assert "scan" in left["no-text.pdf"]


def test_a_file_that_takes_too_long_is_refused_and_the_next_one_read() -> None:
    with Parser(Limits(seconds=1)) as parser:
        with pytest.raises(RefusedError, match="longer than 1 seconds"):
            parser.parse(b"<p>" + b"<b>x" * 2_000_000, loader="html", readers_key="readers")
        (good,) = parser.parse(b"<h1>Good</h1>", loader="html", readers_key="readers")
        assert good.text == "# Good"


def test_a_file_that_takes_too_much_memory_is_refused_and_the_next_one_read() -> None:
    with Parser(Limits(memory_mb=300)) as parser:
        with pytest.raises(RefusedError, match="more than 300 MB of memory"):
            parser.parse(b"<p>" + b"<b>x" * 8_000_000, loader="html", readers_key="readers")
        (good,) = parser.parse(b"good", loader="txt", readers_key="readers")
        assert good.text == "good"


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "large.txt").write_bytes(b"x" * 2_000_000)
    (tmp_path / "good.txt").write_bytes(b"good")
    collected = collect(tmp_path, limits=Limits(file_mb=1))
    assert [document.id for document in collected.documents] == ["good.txt"]
    assert "2 MB; at most 1" in collected.left_out[0].why


def test_more_text_than_allowed_is_refused() -> None:
    with Parser(Limits(text_mb=0.001)) as parser, pytest.raises(RefusedError, match="longer than 1,000 characters"):
        parser.parse(b"x" * 2000, loader="txt", readers_key="readers")
