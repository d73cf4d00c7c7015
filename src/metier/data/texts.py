"""Plain texts for training and measuring beside the task's rows: files, folders, or the column ``text`` of tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from metier.core import DataError, Problem
from metier.data.reading.encodings import checked_encoding
from metier.data.reading.gathering import DOCUMENT_SUFFIXES
from metier.data.reading.locating import locate
from metier.data.reading.packing import Content, packing_of
from metier.data.reading.readers import read_rows
from metier.data.reading.sources import open_sources
from metier.data.settings import DataSettings

_PLAIN = frozenset({".txt", ".md", ".markdown"})


def texts_of(name: str, *, folder: Path, setting: str) -> Iterator[str]:
    """Every text that is not blank, in the order of files and rows.

    Args:
        name: a text file, a folder or archive of documents, or rows with a column ``text`` (or with one column).
        folder: where a relative path starts.
        setting: recipe path of the setting, for messages.

    Raises:
        DataError: nothing there, nothing readable, or rows without such a column; rows that cannot be read, after the
            last one that can.
    """
    path = locate(name, folder, setting=setting)
    if path.is_file() and path.suffix.lower() in _PLAIN:
        content = Content(path, packing_of(path))
        with content.text(checked_encoding(content, name, None).name) as file:
            yield from filter(str.strip, [file.read()])
        return
    documents = path.is_file() and path.suffix.lower() in DOCUMENT_SUFFIXES
    if documents:
        remedy = "put it into a folder of its own, or save it as txt"
        raise DataError([_problem(name, setting, "a text file, a folder or rows", f"one {path.suffix} file", remedy)])
    try:
        for source in open_sources(DataSettings(examples=name), folder=folder):
            for row in read_rows(source):
                column = "text" if "text" in row.values else next(iter(row.values)) if len(row.values) == 1 else None
                if column is None:
                    got = ", ".join(map(str, row.values))
                    raise DataError([_problem(name, setting, "rows with a column 'text'", got, "rename the column")])
                text = row.values[column]
                if isinstance(text, str) and text.strip():
                    yield text
    except DataError as error:
        raise DataError([_at(problem, setting) for problem in error.problems]) from None


def _at(problem: Problem, setting: str) -> Problem:
    return replace(problem, path=setting)


def _problem(where: str, path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where=where, path=path, expected=expected, got=got, remedy=remedy)
