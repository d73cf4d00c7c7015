"""Sentences that stand in many inputs beside others: signatures, disclaimers, page furniture."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import numpy as np

from metier.core.said import Said
from metier.data.auditing.finding import Finding, View, samples
from metier.data.values import normalise, shorten

_PART = re.compile(r"\n+|(?<=[.!?])\s+|(?<=[。！？])")
_SHORTEST = 25
"""Characters of a sentence that is looked at: shorter ones (thanks, greetings) say little and are harmless."""
_SHARE, _LEAST = 0.05, 10
"""A sentence is boilerplate from this share of the rows on, and from so many."""
_SLOTS = 1 << 20
"""Counters of sentences, by hash: those that cannot have enough rows are never held."""


def detect(view: View) -> list[Finding]:
    """One finding with the rows of all such sentences; the samples are the sentences, the most frequent first."""
    rows = view.kept
    enough = max(_LEAST, _SHARE * len(rows))
    slots = np.zeros(_SLOTS, dtype=np.uint32)  # each counts the sentences of a hash, a few different ones at worst
    for row in rows:
        for part in _parts(row.input):
            slots[hash(part) % _SLOTS] += 1
    if slots.max() < enough:
        return []
    counts = Counter[str]()
    of: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        for part in _parts(row.input):
            if slots[hash(part) % _SLOTS] >= enough:
                counts[part] += 1
                of[part].append(row.id)
    found = [(part, count) for part, count in counts.most_common() if count >= enough]
    if not found:
        return []
    ids = dict.fromkeys(id_ for part, _ in found for id_ in of[part])
    return [
        Finding(
            id="boilerplate",
            severity="note",
            title=Said("Texts with sentences that stand in many others too"),
            rows=tuple(ids),
            samples=samples([f"in {count:,} rows: {shorten(part, limit=100)}" for part, count in found]),
            remedy=Said("take them off where they say nothing: they cost tokens, and make texts look alike"),
        )
    ]


def _parts(text: str) -> dict[str, None]:
    """The different sentences of a text that are long enough, without one that is all of it."""
    parts = {normalise(part): None for part in _PART.split(text) if len(part.strip()) >= _SHORTEST}
    parts.pop(normalise(text), None)
    return parts
