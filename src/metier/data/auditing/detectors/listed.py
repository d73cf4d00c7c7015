"""Texts with words of the user's own list (``data.watch``): rude ones, names of products or of competitors."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from metier.core.said import Said
from metier.data.auditing.finding import Finding, View, finding
from metier.data.auditing.quoting import Words, words_of


def detect(view: View) -> list[Finding]:
    """In inputs, earlier turns and answers; words are compared whole, without case and punctuation."""
    listed: defaultdict[str, list[Words]] = defaultdict(list)
    for phrase in view.watched:
        if words := words_of(phrase):
            listed[words[0]].append(words)
    if not listed:
        return []
    counts, rows = Counter[str](), list[str]()
    for row in view.kept:
        if hits := _hits(words_of("\n".join([row.turns, row.input, row.target])), listed):
            counts.update(hits)
            rows.append(row.id)
    return finding(
        "listed",
        Said("Texts with words of your list (data.watch)"),
        [f"{phrase!r} in {count:,} {'row' if count == 1 else 'rows'}" for phrase, count in counts.most_common()],
        rows,
        Said("look at them, and leave out what nobody should learn from"),
        severity="note",
    )


def _hits(words: Words, listed: Mapping[str, list[Words]]) -> set[str]:
    return {
        " ".join(phrase)
        for place, word in enumerate(words)
        for phrase in listed.get(word, ())
        if words[place : place + len(phrase)] == phrase
    }
