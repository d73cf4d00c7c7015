"""Documents: each file of a folder or zip archive is a row; txt, Markdown, HTML and docx.

A row has ``text``, ``file`` (its path in the folder), ``label`` where files lie in folders of two or more names, and
``split`` where folders or names say train and test for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from metier.core import DataError
from metier.data.reading.document_text import docx_text, html_text
from metier.data.reading.encodings import checked_encoding
from metier.data.reading.gathering import gather
from metier.data.reading.packing import Content, whole
from metier.data.reading.source import Row, Source


def read(source: Source) -> Iterator[Row]:
    """One row for each document, in the order of their names.

    Raises:
        DataError: after the last readable document, those that are damaged or not text.
    """
    found = gather(source.path, source.name, setting="data.examples", format="documents")
    problems: list[Any] = []
    for number, (name, content) in enumerate(found.files.items(), start=1):
        values: dict[str, Any] = {"text": "", "file": name}
        if name in found.labels:
            values["label"] = found.labels[name]
        if name in found.splits:
            values["split"] = found.splits[name]
        try:
            with whole(content, name):
                values["text"] = _text(content, name, source.encoding)
        except DataError as error:
            problems.extend(error.problems)
            continue
        yield Row(number=number, values=values)
    if problems:
        raise DataError(problems)


def _text(content: Content, name: str, encoding: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".docx":
        return docx_text(content, name)
    with content.open() as file:
        if not file.read(1):
            return ""
    found = checked_encoding(content, name, encoding or None)
    with content.text(found.name) as file:
        text = file.read()
    return html_text(text) if suffix in {".html", ".htm"} else text.strip()
