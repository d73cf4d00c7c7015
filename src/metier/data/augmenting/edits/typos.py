"""Slips of the finger: two letters swapped, one left out, doubled, or hit on the key beside. Numbers are left alone."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from random import Random

_WORD = re.compile(r"[^\W\d_]{4,}")
_WORDS_A_SLIP = 10
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    letter: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in _ROWS
    for place, letter in enumerate(row)
}


def edit(text: str, random: Random, keep: AbstractSet[str]) -> str:
    """About one slip in ten words, at least one; never in a word of the answer, nor in a token with a digit."""
    words = [found for found in _WORD.finditer(text) if _free(text, found, keep)]
    if not words:
        return text
    chosen = random.sample(words, min(len(words), max(1, len(words) // _WORDS_A_SLIP)))
    for found in sorted(chosen, key=lambda one: -one.start()):
        text = text[: found.start()] + _slip(found[0], random) + text[found.end() :]
    return text


def _free(text: str, found: re.Match[str], keep: AbstractSet[str]) -> bool:
    """Whether a word may change: not of the answer, and no part of an address, a name with digits or a code."""
    start, end = found.span()
    before, after = text[:start].rsplit(maxsplit=1), text[end:].split(maxsplit=1)
    token = (before[-1] if before and not text[start - 1].isspace() else "") + found[0]
    token += after[0] if after and not text[end : end + 1].isspace() else ""
    plain = not any(character.isdigit() or character in "@/\\_=" for character in token)
    return plain and found[0].lower() not in keep


def _slip(word: str, random: Random) -> str:
    place = random.randrange(1, len(word) - 1)  # the first letter is seldom the wrong one
    match random.choice(("swap", "leave out", "double", "beside")):
        case "swap" if word[place] != word[place + 1]:
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        case "leave out":
            return word[:place] + word[place + 1 :]
        case "beside" if near := _BESIDE.get(word[place].lower()):
            other = random.choice(near)
            return word[:place] + (other.upper() if word[place].isupper() else other) + word[place + 1 :]
        case _:
            return word[:place] + word[place] + word[place:]
