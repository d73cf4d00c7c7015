"""A document as chunks: whole sections where they fit, pieces of them where they do not, each under its headings.

Chunk ids come from the content: an unchanged passage keeps its id whatever changes around it, so that citations stay
true over revisions and unchanged vectors are kept.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from metier.core import Document
from metier.retrieval.chunking.cutting import Count, cut, tail
from metier.retrieval.chunking.outline import Section, outline

_HEADING_SHARE = 4
"""Headings take at most one part in so many of a chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A passage to search for.

    Attributes:
        id: of the document, and a hash of heading and text.
        place: its number in the document, from 0.
        heading: the document's title and the headings above, outermost first, joined by ``>``.
        text: its content.
    """

    id: str
    place: int
    heading: str
    text: str

    @property
    def searched(self) -> str:
        """What is embedded and indexed: the headings, then the text."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text


@dataclass(slots=True)
class _Unit:
    """A piece that is not cut further, before neighbours are put together."""

    path: tuple[str, ...]
    level: int
    text: str
    follows: str = ""  # the piece of the same section before it, where running text was cut


def chunk(document: Document, *, limit: int, overlap: int, count: Count) -> list[Chunk]:
    """Cut a document into chunks of at most ``limit`` tokens, headings included.

    Args:
        document: its text may have Markdown headings.
        limit: longest chunk in tokens, at least 16.
        overlap: tokens that are repeated where running text was cut, at most half of ``limit``.
        count: tokens of a text in the embedder's tokenizer, without special tokens.
    """
    sections = outline(document.text)
    most = limit // _HEADING_SHARE
    paths = {path for section in sections for path in (section.path, (*section.path, section.heading))}
    shown = max((count(_heading(document.title, path, most - 1, count)) for path in paths), default=0) + 1
    room = limit - shown
    units = [unit for section in sections for unit in _units(section, room - overlap, room, count)]
    found: list[Chunk] = []
    twins: Counter[str] = Counter()
    for group in _groups(units, room, count):
        text = "\n\n".join(unit.text for unit in group)
        if group[0].follows and overlap:
            text = f"{tail(group[0].follows, limit=overlap, count=count)} {text}".strip()
        title = "" if text.partition("\n")[0].lstrip("# ") == document.title else document.title
        heading = _heading(title, group[0].path, most - 1, count)
        digest = hashlib.sha256(f"{heading}\n{text}".encode()).hexdigest()[:8]
        twins[digest] += 1
        name = f"{document.id}:{digest}" + (f".{twins[digest]}" if twins[digest] > 1 else "")
        found.append(Chunk(id=name, place=len(found), heading=heading, text=text))
    return found


def _units(section: Section, cut_room: int, room: int, count: Count) -> list[_Unit]:
    """A section as one unit, or as pieces where it is too long."""
    own = f"{'#' * section.level} {section.heading}" if section.heading else ""
    whole = f"{own}\n{section.body}".strip("\n") if own else section.body
    if count(whole) <= room:
        return [_Unit(section.path, section.level, whole)]
    path = (*section.path, section.heading) if section.heading else section.path
    units: list[_Unit] = []
    told = count(section.heading) <= room // _HEADING_SHARE and section.body.strip()
    for piece in cut(section.body if told else whole, limit=cut_room, count=count):
        units.append(_Unit(path, 7, piece, follows=units[-1].text if units else ""))
    return units


def _groups(units: Sequence[_Unit], room: int, count: Count) -> list[list[_Unit]]:
    """Neighbours together as far as they fit; a chunk that is half full ends before a section that is not below it."""
    groups: list[list[_Unit]] = []
    tokens = 0
    for unit in units:
        own = count(unit.text) + 2
        joins = bool(groups) and not unit.follows and not groups[-1][-1].follows and tokens + own <= room
        if joins and tokens > room // 2 and unit.level <= groups[-1][0].level:
            joins = False
        if joins:
            groups[-1].append(unit)
            tokens += own
        else:
            groups.append([unit])
            tokens = own
    return groups


def _heading(title: str, path: Sequence[str], limit: int, count: Count) -> str:
    """Title and headings joined; the outermost headings go first where they are too long, then the end of the last."""
    names = [name for name in dict.fromkeys((title, *path)) if name.strip()]
    while len(names) > 1 and count(" > ".join(names)) > limit:
        names.pop(1 if len(names) > 2 else 0)
    text = " > ".join(names)
    return text if count(text) <= limit else (cut(text, limit=limit, count=count) or [""])[0]
