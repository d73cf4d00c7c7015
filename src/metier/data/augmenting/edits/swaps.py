"""Another order: two neighbouring sentences change places; in a single sentence, two neighbouring words do."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from random import Random

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_BINDING = frozenset(
    {"not", "no", "never", "none", "nor", "neither", "without", "cannot", "dont", "doesnt", "didnt", "isnt", "wasnt"}
    | {"wont", "cant", "only", "but", "except", "than", "from", "to", "before", "after", "and", "or", "if", "because"}
)
"""Words whose place decides what is meant."""


def edit(text: str, random: Random, keep: AbstractSet[str]) -> str:
    """One swap; the text itself where there is nothing that may change places."""
    if "\n" in text.strip():
        return text  # lines have an order: a dialogue, a list
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    if len(sentences) > 1:
        return _swapped(sentences, random.randrange(len(sentences) - 1), "" if "。" in text else " ")
    words = text.split(" ")
    places = [
        place
        for place in range(len(words) - 1)
        if all(_loose(word, keep) for word in words[place : place + 2]) and words[place] != words[place + 1]
    ]
    return _swapped(words, random.choice(places), " ") if places else text


def _swapped(parts: list[str], place: int, between: str) -> str:
    changed = [*parts]
    changed[place], changed[place + 1] = parts[place + 1], parts[place]
    return between.join(changed)


def _loose(word: str, keep: AbstractSet[str]) -> bool:
    """A plain word without punctuation, digits or a meaning that hangs on its place."""
    return word.isalpha() and word.lower() not in _BINDING and word.lower() not in keep
