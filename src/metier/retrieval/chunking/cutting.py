"""Cuts a text that is too long at its widest seams: paragraphs, lines, sentences, words, and last anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable

Count = Callable[[str], int]
"""Tokens of a text, in the embedder's own tokenizer."""
_SEAMS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])"), re.compile(r"\s+"))
_GLUE = ("\n\n", "\n", " ", " ")


def cut(text: str, *, limit: int, count: Count) -> list[str]:
    """Pieces of at most ``limit`` tokens that together are the whole text, cut at the widest seams that will do.

    >>> cut("One two. Three four five.", limit=3, count=lambda text: len(text.split()))
    ['One two.', 'Three four five.']
    """
    return _cut(text.strip(), limit, count, 0)


def _cut(text: str, limit: int, count: Count, seam: int) -> list[str]:
    if count(text) <= limit:
        return [text] if text else []
    if seam == len(_SEAMS):
        return _halve(text, limit, count)
    parts = [part for part in _SEAMS[seam].split(text) if part.strip()]
    if len(parts) < 2:
        return _cut(text, limit, count, seam + 1)
    small = [piece for part in parts for piece in _cut(part, limit, count, seam + 1)]
    return _joined(small, _GLUE[seam], limit, count)


def _joined(parts: list[str], glue: str, limit: int, count: Count) -> list[str]:
    """Neighbours put together again as far as they fit."""
    pieces: list[str] = []
    held, tokens = "", 0
    for part in parts:
        own = count(part)
        whole = held + glue + part
        # Sums of parts are only near the truth for some tokenizers: what seems to fit is counted once more.
        if held and tokens + own <= limit and (seen := count(whole)) <= limit:
            held, tokens = whole, seen
            continue
        if held:
            pieces.append(held)
        held, tokens = part, own
    return [*pieces, held] if held else pieces


def _halve(text: str, limit: int, count: Count) -> list[str]:
    """One word of more than ``limit`` tokens, in halves of halves."""
    if count(text) <= limit or len(text) == 1:
        return [text]
    middle = len(text) // 2
    return [*_halve(text[:middle], limit, count), *_halve(text[middle:], limit, count)]


def tail(text: str, *, limit: int, count: Count) -> str:
    """The last whole sentences of a text that together have at most ``limit`` tokens; may be empty."""
    kept = ""
    for sentence in reversed(_SEAMS[2].split(text)):
        longer = f"{sentence} {kept}".strip()
        if count(longer) > limit:
            break
        kept = longer
    return kept
