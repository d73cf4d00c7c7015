"""Text as words to be indexed: the same for documents and questions."""

from __future__ import annotations

import re
import unicodedata

# Scripts that put no blanks between words: every character is a word of its own.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])"
)
_WORD = re.compile(r"\w+")

_STOP_WORDS = """
a an and are as at be been but by can could did do does for from had has have he her his how i if in into is it its me
my no not of on or our she should so than that the their them then there these they this to was we were what when where
which who why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English words that tell questions nothing; a question of nothing else keeps them."""


def indexed_text(text: str) -> str:
    """Text as it goes into the index: compatible forms made one, scripts without blanks spaced out."""
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))
    return _UNSPACED.sub(r" \1 ", text).replace("\x00", " ")


def count_words(indexed: str) -> int:
    """Words of an indexed text: its length in BM25."""
    return len(_WORD.findall(indexed))


def asked_text(question: str, *, most: int = 4000) -> str:
    """A question's words that are worth looking up; only the first ``most`` characters are looked at.

    >>> asked_text("How much is the tank?")
    'much tank'
    """
    words = _WORD.findall(indexed_text(question[:most]))
    return " ".join([word for word in words if word.lower() not in STOP_WORDS] or words)
