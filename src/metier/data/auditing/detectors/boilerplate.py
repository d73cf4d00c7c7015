"""Sentences that stand in many inputs beside others: signatures, disclaimers, page furniture."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from metier.data.auditing.finding import Finding, View, samples
from metier.data.values import normalise, shorten

_PART = re.compile(r"\n+|(?<=[.!?])\s+|(?<=[。！？])")
_SHORTEST = 25
"""Characters of a sentence that is looked at: shorter ones (thanks, greetings) say little and are harmless."""
_SHARE, _LEAST = 0.05, 10
"""A sentence is boilerplate from this share of the rows on, and from so many."""


def detect(view: View) -> list[Finding]:
    """One finding with the rows of all such sentences; the samples are the sentences, the most frequent first."""
    rows = view.kept
    enough = max(_LEAST, _SHARE * len(rows))
    counts = Counter[str]()
    of: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        parts = {normalise(part) for part in _PART.split(row.input) if len(part.strip()) >= _SHORTEST}
        parts.discard(normalise(row.input))
        counts.update(parts)
        for part in parts:
            of[part].append(row.id)
    found = [(part, count) for part, count in counts.most_common() if count >= enough]
    if not found:
        return []
    ids = dict.fromkeys(id_ for part, _ in found for id_ in of[part])
    return [
        Finding(
            id="boilerplate",
            severity="note",
            title="Texts with sentences that stand in many others too",
            rows=tuple(ids),
            samples=samples([f"in {count:,} rows: {shorten(part, limit=100)}" for part, count in found]),
            remedy="take them off where they say nothing: they cost tokens, and make texts look alike",
        )
    ]
