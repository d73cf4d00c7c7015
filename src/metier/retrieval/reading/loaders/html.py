"""HTML: what a reader sees of a page, headings kept."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from metier.retrieval.reading.decoding import decode
from metier.retrieval.reading.parsed import Parsed, as_readers

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([A-Za-z0-9_\-]{1,40})", re.IGNORECASE)
_HIDDEN = {"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "head", "nav", "form"}
_BLOCKS = {"p", "div", "section", "article", "main", "header", "footer", "ul", "ol", "table", "blockquote", "dl", "dd"}
_VOID = {"br", "hr", "img", "meta", "link", "input", "source", "wbr"}


def load(content: bytes, *, readers_key: str) -> list[Parsed]:
    """Visible text; ``<meta name="readers" content="hr">`` says who may read it. Navigation and forms are left out."""
    told = _CHARSET.search(content[:4096])
    page = _Page(readers_key)
    page.feed(decode(content, encoding=told[1].decode() if told else None))
    page.close()
    text = page.text()
    if not text.strip():
        return []
    return [Parsed(text=text, title=page.title, readers=as_readers(page.readers))]


class _Page(HTMLParser):
    """Collects text as the page is read; nothing is loaded or run."""

    def __init__(self, readers_key: str) -> None:
        super().__init__(convert_charrefs=True)
        self.readers: str | None = None
        self._key = readers_key.lower()
        self._parts: list[str] = []
        self._title: list[str] = []
        self._hidden: list[str] = []
        self._in_title = False

    @property
    def title(self) -> str:
        """Of the page."""
        return " ".join("".join(self._title).split())[:300]

    def text(self) -> str:
        """Lines without needless blanks."""
        lines = [" ".join(line.split()) for line in "".join(self._parts).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            told = dict(attrs)
            if (told.get("name") or "").lower() == self._key:
                self.readers = told.get("content") or ""
        if tag == "title":
            self._in_title = not self._title
        if tag in _HIDDEN and tag not in _VOID:
            self._hidden.append(tag)
        self._parts.append(_before(tag) if not self._hidden else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        if tag in _BLOCKS or re.fullmatch("h[1-6]|li|tr|pre", tag):
            self._parts.append("\n" if tag in {"li", "tr"} else "\n\n")
        elif tag in {"td", "th"}:
            self._parts.append(" | ")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title.append(data)
        elif not self._hidden:
            self._parts.append(re.sub(r"\s+", " ", data))


def _before(tag: str) -> str:
    if re.fullmatch("h[1-6]", tag):
        return f"\n\n{'#' * int(tag[1])} "
    if tag == "li":
        return "\n- "
    return "\n\n" if tag in _BLOCKS else "\n" if tag in {"br", "tr", "pre", "hr", "dt"} else ""
