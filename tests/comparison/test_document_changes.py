"""Notes of what became of an index's documents since its approach was measured: whole whatever happens, and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from metier.comparison.document_changes import (
    CHANGES,
    begin,
    changed_since,
    changes_of,
    end,
    forget,
    sentences,
    settle,
    states,
)
from metier.core.artifacts import read_json
from metier.retrieval import Entry

OLD = [Entry("a.md", "A", "1", 1, ("*",)), Entry("b.md", "B", "2", 1, ("hr", "board")), Entry("c.md", "C", "3", 1, ())]
NEW = [OLD[0]._replace(fingerprint="9"), OLD[1]._replace(readers=("*",)), OLD[0]._replace(id="d.md")]
ALL = ("a.md", "b.md", "c.md", "d.md")


def counts(folder: Path, when: str = "since") -> Any:
    found = changes_of(folder)
    return found and found[when] and {kind: number for kind, number in found[when].items() if number and kind != "last"}


def change(folder: Path, old: list[Entry], new: list[Entry]) -> None:
    begin(folder, ALL, states(old))
    end(folder, states(new))


def test_what_was_changed_is_counted_by_kind(tmp_path: Path) -> None:
    assert changes_of(tmp_path) is None
    change(tmp_path, OLD, NEW)
    assert counts(tmp_path) == {"added": 1, "revised": 1, "deleted": 1, "granted": 1}
    assert counts(tmp_path, "before") is None
    assert changed_since(tmp_path) == {"a.md", "c.md"}


def test_what_is_as_it_was_leaves_no_note(tmp_path: Path) -> None:
    change(tmp_path, OLD, OLD[::-1])
    assert not (tmp_path / CHANGES).exists()
    change(tmp_path, OLD, NEW)
    partly = [*OLD[:1], *NEW[1:]]
    change(tmp_path, NEW, partly)
    assert counts(tmp_path) == {"added": 1, "deleted": 1, "granted": 1}
    change(tmp_path, partly, [OLD[0], OLD[1]._replace(readers=("board", "hr")), OLD[2]])
    assert not (tmp_path / CHANGES).exists()


def test_a_change_that_was_killed_counts_as_one(tmp_path: Path) -> None:
    begin(tmp_path, ["a.md", "e.md"], states(OLD))
    assert counts(tmp_path) == {"added": 1, "revised": 1}
    end(tmp_path, states(OLD))
    assert changes_of(tmp_path) is None


def test_measured_anew_the_note_says_that_it_was_with_other_documents(tmp_path: Path) -> None:
    settle(tmp_path)
    change(tmp_path, OLD, NEW)
    settle(tmp_path)
    assert counts(tmp_path) is None
    assert counts(tmp_path, "before") == {"added": 1, "revised": 1, "deleted": 1, "granted": 1}
    change(tmp_path, NEW, [*NEW, OLD[2]])
    assert counts(tmp_path) == {"added": 1}
    assert counts(tmp_path, "before")["deleted"] == 1
    forget(tmp_path)
    assert changes_of(tmp_path) is None


@pytest.mark.parametrize("content", ["", "[]", '{"documents": 3}', '{"last": "x", "documents": {"a": 3}}'])
def test_a_damaged_note_is_one(tmp_path: Path, content: str) -> None:
    (tmp_path / CHANGES).write_text(content)
    (said,) = sentences("rag", changes_of(tmp_path))
    assert said.startswith("rag was measured before its documents changed (how is not known")


def test_sentences_are_for_a_person(tmp_path: Path) -> None:
    assert sentences("rag", None) == []
    change(tmp_path, OLD, NEW)
    day = read_json(tmp_path / CHANGES)["last"][:10]
    assert sentences("rag", changes_of(tmp_path)) == [
        "rag was measured before its documents changed (1 added, 1 revised, 1 deleted, 1 with other readers, last on "
        f"{day}): its figures are those of the documents as they were."
    ]
