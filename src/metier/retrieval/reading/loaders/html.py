"""HTML: what a reader sees of a page, headings kept."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from metier.retrieval.reading.decoding import decode, without_headings
from metier.retrieval.reading.parsed import Parsed, as_readers

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([A-Za-z0-9_\-]{1,40})", re.IGNORECASE)
_FILLED_IN = {"button", "select", "textarea", "datalist"}  # forms themselves are shown: whole pages stand in some
_HIDDEN = {"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "head", "nav"} | _FILLED_IN
_IN_HEAD = {"title", "meta", "link", "base", "script", "style", "template", "noscript"}
_BLOCKS = {"p", "div", "section", "article", "main", "header", "footer", "ul", "ol", "table", "blockquote", "dl", "dd"}
_VOID = {"br", "hr", "img", "meta", "link", "input", "source", "wbr"}
_TABLE = {"td", "th", "tr", "table"}
_LONGEST_CELL = 300
_HEADING, _SPACE, _HASH, _CELL = "\x01", "\x02", "\x03", "\x04"
"""Stand for a heading's mark, blanks and ``#`` of code, and a cell's start until the page is read; no page has them."""


def load(content: bytes, *, readers_key: str) -> list[Parsed]:
    """Visible text, code with its lines; ``<meta name="readers" content="hr">`` says who may read it.

    Navigation, and what can be filled in or pressed, is left out.
    """
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
        self._code = 0
        self._cell: int | None = None  # where the parts of the open cell begin

    @property
    def title(self) -> str:
        """Of the page."""
        return " ".join("".join(self._title).split())[:300]

    def text(self) -> str:
        """Lines without needless blanks."""
        lines = [_line(line) for line in "".join(self._parts).split("\n")]
        text = without_headings(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())
        return text.replace(_HEADING, "#").replace(_SPACE, " ").replace(_HASH, "#")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            told = dict(attrs)
            if (told.get("name") or "").lower() == self._key:
                self.readers = told.get("content") or ""
        if tag == "title":
            self._in_title = not self._title
        if self._hidden == ["head"] and tag not in _IN_HEAD:
            self._hidden = []  # its end need not be written
        if tag in _HIDDEN and tag not in _VOID:
            self._hidden.append(tag)
        self._code += tag == "pre" and not self._hidden
        if tag in _TABLE:
            self._close_cell(nested=tag == "table")
        self._parts.append(_before(tag) if not self._hidden else "")
        if tag in {"td", "th"}:
            self._cell = len(self._parts)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        if tag == "pre" and self._code:
            self._code -= 1
            self._parts.append("\n```")
        if tag in _TABLE:
            self._close_cell()
        if tag in _BLOCKS or re.fullmatch("h[1-6]|li|tr|pre", tag):
            self._parts.append("\n" if tag in {"li", "tr"} else "\n\n")

    def _close_cell(self, *, nested: bool = False) -> None:
        """Put what stands in a short cell on one line, so that its row is one; other cells lay out a page."""
        if self._cell is not None and not nested:
            content = "".join(self._parts[self._cell :])
            if len(content) <= _LONGEST_CELL and _HEADING not in content and "```" not in content:
                self._parts[self._cell :] = [" ".join(content.split())]
        self._cell = None

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title.append(data)
        elif self._code and not self._hidden:
            self._parts.append(data.expandtabs(4).replace(" ", _SPACE).replace("#", _HASH))
        elif not self._hidden:
            self._parts.append(re.sub(r"\s+", " ", data))


def _line(text: str) -> str:
    """A line without needless blanks, cells with bars between."""
    first, *cells = (" ".join(part.split()) for part in text.split(_CELL))
    return " | ".join([first] * bool(first) + cells)


def _before(tag: str) -> str:
    if re.fullmatch("h[1-6]", tag):
        return f"\n\n{_HEADING * int(tag[1])} "
    if tag == "li":
        return "\n- "
    if tag == "pre":
        return "\n\n```\n"
    if tag in {"td", "th"}:
        return _CELL
    return "\n\n" if tag in _BLOCKS else "\n" if tag in {"br", "tr", "hr", "dt"} else ""
