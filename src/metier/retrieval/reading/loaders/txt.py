"""Plain text."""

from __future__ import annotations

from metier.retrieval.reading.decoding import decode, without_headings
from metier.retrieval.reading.parsed import Parsed


def load(content: bytes, *, readers_key: str) -> list[Parsed]:
    """The text as it is; nothing in it is a heading."""
    text = decode(content)
    return [Parsed(text=without_headings(text))] if text.strip() else []
