"""Word documents: paragraphs, headings and tables of ``word/document.xml``, with the standard library alone.

A docx file is a zip of XML. Document type declarations, and with them entities, are refused; sizes are checked while
unpacking, as the archive's own figures may lie.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from metier.retrieval.reading.decoding import clean
from metier.retrieval.reading.parsed import Parsed, RefusedError

_MOST_XML = 64 << 20
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DC = "{http://purl.org/dc/elements/1.1/}"


def load(content: bytes, *, readers_key: str) -> list[Parsed]:
    """The body's text, a paragraph a block, a table row a line; deleted text of tracked changes is left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            body = _xml(archive, "word/document.xml")
            styles = _heading_styles(archive)
            title = _title(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise RefusedError(f"it is not a Word document: {error}") from None
    blocks = [block for block in _blocks(body, styles) if block.strip()]
    return [Parsed(text=clean("\n\n".join(blocks)), title=clean(title))] if blocks else []


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    try:
        with archive.open(name) as file:
            content = file.read(_MOST_XML + 1)
    except KeyError:
        raise RefusedError(f"it is not a Word document: {name} is missing") from None
    except Exception as error:  # zlib's own error, a checksum, a password: all mean the same to a user
        raise RefusedError(f"it is a damaged Word document: {error}") from None
    if len(content) > _MOST_XML:
        raise RefusedError(f"{name} unpacks to more than {_MOST_XML >> 20} MB")
    try:
        return ElementTree.fromstring(content, parser=ElementTree.XMLParser(target=_NoDoctype()))
    except ElementTree.ParseError as error:
        raise RefusedError(f"it is a damaged Word document: {error}") from None


class _NoDoctype(ElementTree.TreeBuilder):
    """Builds a tree, and refuses documents that declare entities."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise RefusedError("its XML has a document type declaration, which Word never writes")


def _blocks(body: Any, styles: dict[str, int]) -> Iterator[str]:
    inside = {part for table in body.iter(f"{_W}tbl") for part in table.iter() if part is not table}
    inside |= {part for other in body.iter(f"{_MC}Fallback") for part in other.iter()}  # the same in an older form
    for element in body.iter():
        if element in inside:
            continue
        if element.tag == f"{_W}tbl":
            yield "\n".join(" | ".join(_cells(row)) for row in element.iter(f"{_W}tr"))
        elif element.tag == f"{_W}p":
            style = element.find(f"{_W}pPr/{_W}pStyle")
            level = styles.get(style.get(f"{_W}val", "") if style is not None else "", 0)
            text = _text(element).strip()
            yield f"{'#' * level} {' '.join(text.split())}" if level and text else text


def _cells(row: Any) -> list[str]:
    return [" ".join(" ".join(_text(p) for p in cell.iter(f"{_W}p")).split()) for cell in row.findall(f"{_W}tc")]


def _text(paragraph: Any) -> str:
    marks = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
    return "".join((node.text or "") if node.tag == f"{_W}t" else marks.get(node.tag, "") for node in _own(paragraph))


def _own(paragraph: Any) -> Iterator[Any]:
    """What stands in a paragraph itself: text boxes that hang on it have paragraphs of their own."""
    left = [paragraph]
    while left:
        node = left.pop()
        yield node
        left += [child for child in reversed(node) if child.tag not in (f"{_W}txbxContent", f"{_MC}Fallback")]


def _heading_styles(archive: zipfile.ZipFile) -> dict[str, int]:
    """Style id to heading level: ids are translated in localised Word, names are not."""
    levels = {f"Heading{level}": level for level in range(1, 7)} | {"Title": 1}
    if "word/styles.xml" not in archive.namelist():
        return levels
    for style in _xml(archive, "word/styles.xml").iter(f"{_W}style"):
        name = style.find(f"{_W}name")
        found = re.fullmatch(r"heading ([1-6])", (name.get(f"{_W}val", "") if name is not None else "").lower())
        if found:
            levels[style.get(f"{_W}styleId", "")] = int(found[1])
    return levels


def _title(archive: zipfile.ZipFile) -> str:
    if "docProps/core.xml" not in archive.namelist():
        return ""
    title = _xml(archive, "docProps/core.xml").find(f"{_DC}title")
    return " ".join((title.text or "").split())[:300] if title is not None else ""
