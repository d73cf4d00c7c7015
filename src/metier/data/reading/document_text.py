"""The plain text of HTML and docx: paragraphs and list items on lines of their own, scripts and styles left out."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

from metier.core import DataError, Problem
from metier.data.reading.packing import Content

_BLOCK = re.compile(
    "address|article|aside|blockquote|br|d[dlt]|div|figure|footer|h[1-6r]|header|li|main|nav|[ou]l|p|pre|section"
    "|table|t[dhr]"
)
_SILENT = frozenset({"script", "style", "template", "noscript", "head"})
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LARGEST = 1 << 28
"""Bytes that the text of a docx may have."""


def html_text(html: str) -> str:
    r"""The text that a reader of the page sees.

    >>> html_text("<h1>Refunds</h1><p>Within <b>14</b> days.</p><script>x()</script>")
    'Refunds\nWithin 14 days.'
    """
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Text(HTMLParser):
    """Collects text; a block begins a line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if _BLOCK.fullmatch(tag):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if _BLOCK.fullmatch(tag):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def docx_text(content: Content, name: str) -> str:
    """The paragraphs of a Word document, a line each.

    Raises:
        DataError: not a docx, or damaged.
    """
    try:
        with content.open() as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
            if archive.getinfo("word/document.xml").file_size > _LARGEST:
                raise ValueError("a text of more than 256 MiB")
            document = archive.read("word/document.xml")
        if b"<!DOCTYPE" in document[:2_000]:
            raise ValueError("a document type declaration, which Word never writes")
        root = ElementTree.fromstring(document)
    except (KeyError, ValueError, OSError, RuntimeError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        got, remedy = f"{type(error).__name__}: {str(error)[:120]}", "save the document again"
        raise DataError([Problem(where=name, expected="a Word document", got=got, remedy=remedy)]) from error
    paragraphs = ("".join(part.text or "" for part in node.iter(f"{_WORD}t")) for node in root.iter(f"{_WORD}p"))
    return "\n".join(text for text in paragraphs if text.strip())
