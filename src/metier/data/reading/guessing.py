"""Guesses the encoding of text that is not UTF-8, by how natural the words are that each candidate reads.

A wrong single-byte encoding shows itself inside words: symbols between letters (Polish read as cp1252), letters of two
scripts in one word (Polish read as cp1251), capitals after small letters, whole words of accented letters (Russian read
as cp1252). A wrong double-byte one shows rare characters in the place of the frequent ones.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

WESTERN = ("cp1252", "cp1250", "cp1251", "mac_roman")
EASTERN = ("shift_jis", "euc_kr", "gb18030", "big5")
CANDIDATES = (*WESTERN, *EASTERN)
_NATURAL = 0.8
"""Mean naturalness of the special characters from which a candidate is believed."""
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "這個們來為國說時會對過裡"
    "이다는을은가에의하고도로를서지기사나리어자한대"
)
_KANA = re.compile(r"[\u3040-\u30ff]")
_WORD = re.compile(r"\S+")
_MOST_WORDS = 4_000


def by_zeros(head: bytes) -> tuple[str, ...]:
    """UTF-16 by its mark, or because every second byte is zero; empty where it is neither."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    pairs = max(len(head) // 2, 1)
    if head[1::2].count(0) > 0.4 * pairs:
        return ("utf-16-le",)
    return ("utf-16-be",) if head[::2].count(0) > 0.4 * pairs else ()


def is_damaged_utf8(head: bytes) -> bool:
    r"""Whether most of the special characters are sound UTF-8: another encoding would garble them.

    >>> is_damaged_utf8("é ü ö".encode() + b"\xe9"), is_damaged_utf8("é ü ö".encode("cp1252"))
    (True, False)
    """
    text = head.decode("utf-8", "replace")
    sound = sum(not character.isascii() and character != "\ufffd" for character in text)
    return sound > text.count("\ufffd")


def ranked(head: bytes) -> list[str]:
    """Encodings that read the beginning of a file as natural text, the most natural first.

    >>> ranked("Ça coûte déjà très cher, où êtes-vous ?".encode("cp1252"))[0]
    'cp1252'
    >>> ranked("Zażółć gęślą jaźń, proszę".encode("cp1250"))[0]
    'cp1250'
    >>> ranked("Где моя карта? Прошу помочь".encode("cp1251"))[0]
    'cp1251'
    """
    scores: dict[str, float] = {}
    for place, encoding in enumerate(CANDIDATES):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except ValueError:
            continue
        score = _eastern(text) if encoding in EASTERN else _western(text)
        if score >= _NATURAL:
            scores[encoding] = score - place / 1_000
    return sorted(scores, key=lambda encoding: -scores[encoding])


def _western(text: str) -> float:
    """Mean naturalness of the special characters of an alphabetic text."""
    points: list[float] = []
    for word in _WORD.findall(text)[:_MOST_WORDS]:
        if not word.isascii():
            points += [_in_word(word, place) for place, character in enumerate(word) if not character.isascii()]
    return sum(points) / len(points) if points else 0.0


def _in_word(word: str, place: int) -> float:
    character = word[place]
    before, after = word[place - 1] if place else "", word[place + 1 : place + 2]
    inside = before.isalpha() and after.isalpha()
    if not character.isalpha():
        # Dashes and typographic quotes stand at the edges of words, an apostrophe also inside.
        punctuation = unicodedata.category(character) in {"Pd", "Pi", "Pf", "Ps", "Po", "Sc"}
        return 0.9 if punctuation and (not inside or character in "’–") else 0.0
    if before.isalpha() and before.islower() and character.isupper():
        return 0.0
    neighbours = [letter for letter in (before, after) if letter.isalpha()]
    if any(_script(letter) != _script(character) for letter in neighbours):
        return 0.0
    letters = [letter for letter in word if letter.isalpha()]
    crowded = _script(character) == "LATIN" and len(letters) > 3 and not any(map(str.isascii, letters))
    return 0.2 if crowded else 1.0


def _script(letter: str) -> str:
    return "LATIN" if letter.isascii() else unicodedata.name(letter, "?").partition(" ")[0]


def _eastern(text: str) -> float:
    """Share of frequent characters and kana among the special ones, stretched: a tenth is natural."""
    special = [character for character in text if not character.isascii()]
    if len(special) < 2:
        return 0.0
    letters = sum(map(str.isalpha, special)) / len(special)
    familiar = sum(character in _FREQUENT or _KANA.match(character) is not None for character in special)
    return letters * min(1.0, 0.7 + 3 * familiar / len(special))
