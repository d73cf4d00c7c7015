"""brat's standoff: a folder or zip archive of texts (``.txt``), each with its marks in a file ``.ann`` beside it.

A line ``T1<tab>Drug 20 27<tab>aspirin`` is a mark; one in several pieces (``Drug 20 27;30 35``) becomes one for each
piece. Relations, events, attributes and notes are not read. A row is a document: ``text``, ``file``, ``entities`` (a
list of ``start``, ``end``, ``label``), and ``split`` where folders or names say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from metier.core import DataError, Problem
from metier.data.reading.encodings import checked_encoding
from metier.data.reading.gathering import contents, gather, marks_of
from metier.data.reading.packing import Content, whole
from metier.data.reading.source import Row, Source

_MARK = re.compile(r"(\S+) ([\d; ]+)")


def read(source: Source) -> Iterator[Row]:
    """One row for each text that has marks beside it, in the order of their names.

    Raises:
        DataError: after the last readable document, those that are damaged, or whose marks are not in the text.
    """
    every = contents(source.path)
    found = gather(source.path, source.name, setting="data.examples", format="brat")
    problems: list[Problem] = []
    for number, (name, content) in enumerate(found.files.items(), start=1):
        try:
            with whole(content, name):
                text = _text(content, name, source.encoding)
                entities = _marks(_text(every[marks_of(name)], marks_of(name), source.encoding), text, marks_of(name))
        except DataError as error:
            problems.extend(error.problems)
            continue
        values: dict[str, Any] = {"text": text, "file": name, "entities": entities}
        if name in found.splits:
            values["split"] = found.splits[name]
        yield Row(number=number, values=values)
    if problems:
        raise DataError(problems)


def _text(content: Content, name: str, encoding: str) -> str:
    """A file as it stands: places count characters, line ends as they are."""
    with content.open() as file:
        if not file.read(1):
            return ""
    with content.text(checked_encoding(content, name, encoding or None).name, newline="") as file:
        return file.read()


def _marks(annotations: str, text: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in annotations.splitlines():
        if not line.startswith("T"):
            continue
        _, _, rest = line.partition("\t")
        kind, _, words = rest.partition("\t")
        told = _MARK.fullmatch(kind.strip())
        places = [piece.split() for piece in told[2].split(";")] if told else []
        if told is None or not all(len(place) == 2 for place in places):
            raise _strange(name, line, "a label with the places where it begins and ends")
        spans = [(int(start), int(end)) for start, end in places]
        marked = " ".join(text[start:end] for start, end in spans)
        if words and marked.split() != words.split():
            raise _strange(name, line, f"these words at that place of the text, which has {marked[:60]!r}")
        found += [{"start": start, "end": end, "label": told[1]} for start, end in spans]
    return found


def _strange(name: str, line: str, expected: str) -> DataError:
    remedy = "put texts and marks together that were saved together, or correct the line"
    return DataError([Problem(where=name, expected=expected, got=repr(line[:80]), remedy=remedy)])
