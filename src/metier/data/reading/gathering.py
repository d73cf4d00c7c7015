"""What a folder or a zip archive of files holds: files of rows, or documents, and which split each belongs to."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from metier.core import DataError, Problem, SplitName
from metier.core.names import listed
from metier.data.reading.packing import SUFFIXES, Content
from metier.data.reading.split_names import split_of
from metier.data.settings import SPLIT_WORDS

ROW_SUFFIXES = frozenset(
    {
        ".csv",
        ".tsv",
        ".tab",
        ".json",
        ".jsonl",
        ".ndjson",
        ".parquet",
        ".pq",
        ".arrow",
        ".xlsx",
        ".conll",
        ".iob",
        ".iob2",
        ".bio",
    }
)
DOCUMENT_SUFFIXES = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".docx"})
MARKS = ".ann"
"""Ending of brat's files of marks."""
_PASSED_OVER = re.compile(r"(readme|license|licence|copying|source|changelog|manifest)[^/]*", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_MOST_FILES = 1_000
"""Files of rows that a folder may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The files of a folder or archive that are to be read.

    Attributes:
        documents: whether each file is one row.
        marked: whether each file is one row, with its marks in a file ``.ann`` beside it (brat).
        files: relative name to content, sorted.
        splits: relative name to split, where the names say it for all.
        labels: relative name to what tells its file from the others, where there are at least two.
        passed_over: names of other files.
    """

    documents: bool
    marked: bool
    files: Mapping[str, Content]
    splits: Mapping[str, SplitName]
    labels: Mapping[str, str]
    passed_over: tuple[str, ...]


def gather(path: Path, text: str, *, setting: str, format: str | None) -> Gathered:
    """Look into a folder or zip archive.

    Args:
        path: the folder or archive.
        text: as the recipe has it.
        setting: recipe path of the setting, for messages.
        format: the recipe's ``data.format``: ``lines`` takes all files, ``documents`` all documents.

    Raises:
        DataError: nothing in it can be read as rows.
    """
    every = contents(path)
    usable = {name: content for name, content in every.items() if not _PASSED_OVER.fullmatch(PurePosixPath(name).name)}
    rows = {name: item for name, item in usable.items() if _suffix(name) in ROW_SUFFIXES}
    documents = {name: item for name, item in usable.items() if _suffix(name) in DOCUMENT_SUFFIXES}
    if format == "lines":
        files = {name: item for name, item in usable.items() if _suffix(name) not in ROW_SUFFIXES | {".docx"}}
    elif format in {"documents", "brat"}:
        files = documents
    elif format is not None:
        files = rows or usable
    else:
        files = rows or documents
    marked = format in {None, "brat"} and files is documents and _annotated(every)
    if marked:
        files = {name: item for name, item in files.items() if marks_of(name) in every}
    if not files or (len(files) > _MOST_FILES and files is not documents and not marked):
        raise _nothing(text, setting, list(every), too_many=bool(files))
    read_beside = {marks_of(name) for name in files} if marked else set[str]()
    splits = _splits(files)
    files = {name: item for name, item in files.items() if name in splits} if splits else files
    return Gathered(
        documents=not marked and set(files) <= set(documents) and format != "lines",
        marked=marked,
        files=files,
        splits=splits,
        labels={} if marked else _labels(files, lines=format == "lines"),
        passed_over=tuple(name for name in every if name not in files and name not in read_beside),
    )


def marks_of(name: str) -> str:
    """The file that brat writes beside a text."""
    return PurePosixPath(name).with_suffix(MARKS).as_posix()


def _annotated(every: Mapping[str, Content]) -> bool:
    """Whether texts have files of marks beside them."""
    return any(_suffix(name) == ".txt" and marks_of(name) in every for name in every)


def contents(path: Path) -> dict[str, Content]:
    """Relative name to content of every file in a folder or zip archive, hidden ones left out, sorted."""
    if path.is_dir():
        files = ((item.relative_to(path).as_posix(), Content(item)) for item in path.rglob("*") if item.is_file())
    else:
        try:
            with zipfile.ZipFile(path) as archive:
                names = [item.filename for item in archive.infolist() if not item.is_dir()]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            got, remedy = "a damaged zip archive", "pack or copy it again"
            raise DataError([Problem(where=path.name, expected="a zip archive", got=got, remedy=remedy)]) from error
        files = ((name, Content(path, "zip", name)) for name in names)
    shown = ((name, item) for name, item in files if not _hidden(name))
    return dict(sorted(shown))


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _suffix(name: str) -> str:
    path = PurePosixPath(name)
    return PurePosixPath(path.stem).suffix.lower() if path.suffix.lower() in SUFFIXES else path.suffix.lower()


def _splits(files: Iterable[str]) -> dict[str, SplitName]:
    """The split of each file that has a word for one in its name or folders; empty unless train and test are there."""
    found: dict[str, SplitName] = {name: split for name in files if (split := split_of(name))}
    return found if {"train", "test"} <= set(found.values()) else {}


def _labels(files: Mapping[str, Content], *, lines: bool) -> dict[str, str]:
    """What tells texts apart: the folder that a document lies in, or the part of a file's name that differs."""
    if not lines:
        found = {name: PurePosixPath(name).parent.name for name in files}
        found = {name: label for name, label in found.items() if label and label.lower() not in SPLIT_WORDS}
        return found if len(found) == len(files) and 2 <= len(set(found.values())) < len(files) else {}
    parts = {name: _WORD.findall(PurePosixPath(name).name) for name in files}
    shared = set[str].intersection(*map(set, parts.values())) if parts else set[str]()
    own = {name: "-".join(part for part in words if part not in shared) for name, words in parts.items()}
    own = {name: label or PurePosixPath(name).stem for name, label in own.items()}
    return own if len(set(own.values())) >= 2 else {}


def _nothing(text: str, setting: str, names: list[str], *, too_many: bool) -> DataError:
    expected = "files of rows (csv, tsv, json, jsonl, parquet, arrow, xlsx, conll) or documents (txt, md, html, docx)"
    if too_many:
        got, remedy = f"more than {_MOST_FILES:,} files of rows", "put them into one file"
    else:
        got = listed(names, limit=6) if names else "no files"
        remedy = "name a file; for files in which each line is a text, set data.format: lines"
        if any(_suffix(name) == ".pdf" for name in names):
            remedy = "PDFs are read as data.documents, to retrieve from; as rows, turn them into txt first"
    return DataError([Problem(where=text, path=setting, expected=expected, got=got, remedy=remedy)])
