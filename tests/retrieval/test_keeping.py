"""Documents are read once while a run is made, and again as soon as anything about them has changed."""

from pathlib import Path

import pytest

from metier.retrieval import collect, collect_once
from metier.retrieval.reading import keeping


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "refunds.md").write_text("---\nreaders: [desk]\n---\n# Refunds\n\nWithin 14 days, für alle.\n")
    (folder / "hours.txt").write_text("Open from nine to five.")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every reading of a collection."""
    made: list[Path] = []

    def counted(path: Path, **settings: object):
        made.append(path)
        return collect(path, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(keeping, "collect", counted)
    return made


def test_what_is_kept_is_what_was_read(handbook: Path, tmp_path: Path, readings: list[Path]) -> None:
    kept = tmp_path / "documents.jsonl"
    first = collect_once(handbook, kept=kept)
    assert collect_once(handbook, kept=kept) == first == collect(handbook)
    assert len(readings) == 1
    assert [document.readers for document in first.documents] == [None, ("desk",)]
    assert [left.file for left in first.left_out] == ["logo.png"]


def test_patterns_of_readers_that_match_nothing_are_kept(handbook: Path, tmp_path: Path) -> None:
    (handbook / "readers.yaml").write_text("drafts/*: [desk]\n")
    kept = tmp_path / "documents.jsonl"
    first = collect_once(handbook, kept=kept)
    assert first.unmatched == ("drafts/*",)
    assert collect_once(handbook, kept=kept) == first


def test_changed_documents_readers_and_damaged_files_are_read_again(
    handbook: Path, tmp_path: Path, readings: list[Path]
) -> None:
    kept = tmp_path / "documents.jsonl"
    collect_once(handbook, kept=kept)
    (handbook / "hours.txt").write_text("Open from ten to five.")
    assert "ten" in collect_once(handbook, kept=kept).documents[0].text
    assert collect_once(handbook, kept=kept, readers_key="readers").documents[0].readers == ()
    assert len(readings) == 3
    for damaged in ("", "{", kept.read_text().rpartition("{")[0], kept.read_text().replace('"id"', '"name"')):
        kept.write_text(damaged)
        assert collect_once(handbook, kept=kept, readers_key="readers").documents[1].readers == ("desk",)
    assert len(readings) == 7


def test_nothing_is_kept_where_no_file_is_named(handbook: Path, tmp_path: Path, readings: list[Path]) -> None:
    collect_once(handbook, kept=None)
    collect_once(handbook, kept=None)
    assert len(readings) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["handbook"]
