"""Writing without care: all in lower case, all in capitals, or without the last full stop."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from random import Random


def edit(text: str, random: Random, keep: AbstractSet[str]) -> str:
    """One of those that changes something; of texts that an answer copies from, only the full stop goes."""
    copied = any(word.lower().strip(".,;:!?") in keep for word in text.split())
    ways = [text.rstrip(" .!?。！？")]
    ways += [] if copied else [text.lower(), text.lower().rstrip(" .!?。！？"), text.upper()]
    changed = [way for way in ways if way and way != text]
    return random.choice(changed) if changed else text
