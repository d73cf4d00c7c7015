"""Texts in HTML, as mail programs and web editors write them, as a person sees them."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from metier.core import TaskKind
from metier.core.tasks import form_of
from metier.data.reading.document_text import html_text
from metier.data.understanding.entry import Entry

_TAG = re.compile(
    r"<(?:!doctype|/?(?:html|head|body|meta|style|p|div|br|span|table|t[rdh]|tbody|[uo]l|li|h[1-6]|b|i|u|strong|em|font"
    r"|a|img|blockquote|pre)(?:\s[^<>]*)?/?>)",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}\d?|#\d{2,6}|#x[0-9a-f]{2,5});", re.IGNORECASE)


def is_html(text: str) -> bool:
    """Whether a text holds tags or entities of HTML.

    >>> is_html("a<br>b"), is_html("f&uuml;r"), is_html("a < b & c > d")
    (True, True, False)
    """
    return _TAG.search(text) is not None or _ENTITY.search(text) is not None


def seen_text(text: str) -> str:
    r"""A text as a person sees it: without tags, styles and scripts, entities as characters.

    >>> seen_text("<p>Gr&uuml;&szlig;e,<br>Ann</p>"), seen_text("one\n&amp; two"), seen_text("a < b")
    ('Grüße,\nAnn', 'one\n& two', 'a < b')
    """
    if _TAG.search(text):
        return html_text(text)
    return html.unescape(text) if _ENTITY.search(text) else text


def seen(entry: Entry, kind: TaskKind) -> Entry:
    """An entry with its texts as a person sees them; labels stay as they are."""
    return replace(
        entry,
        input=seen_text(entry.input),
        target=seen_text(entry.target) if form_of(kind).free_text else entry.target,
        history=tuple(replace(turn, content=seen_text(turn.content)) for turn in entry.history),
    )
