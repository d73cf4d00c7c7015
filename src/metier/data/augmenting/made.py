"""Makes training rows: in turn by every edit and the paraphraser, filtered, at most a share, each with its source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from metier.core import Example, derive
from metier.data.augmenting.edits import EDITS
from metier.data.augmenting.settings import AugmentSettings
from metier.data.values import is_blank, normalise

PARAPHRASE = "paraphrase"
_WORD = re.compile(r"\w+")
_MANY_ASKED = 2
"""So many times as many rows are tried as are wanted: some are thrown away."""

Rewrite = Callable[[Sequence[str]], Sequence[str]]
"""Texts worded anew, in their order; an empty text where there is none."""


class Unfit(Protocol):
    """Judges paraphrases."""

    def __call__(self, sources: Sequence[Example], texts: Sequence[str]) -> Sequence[str]:
        """Why each text is no fit paraphrase of its source's input, in a few words; empty where it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRow:
    """A row that was made.

    Attributes:
        example: as it is learnt from; its id is the source's with ``+HOW`` behind it.
        source: id of the row that it was made of.
        how: name of the edit, or ``paraphrase``.
    """

    example: Example
    source: str
    how: str


@dataclass(frozen=True, slots=True)
class Made:
    """All rows that were made, and what was thrown away.

    Attributes:
        rows: in a drawn order.
        thrown: reason to number.
    """

    rows: tuple[MadeRow, ...]
    thrown: Mapping[str, int]

    def __str__(self) -> str:
        """A sentence for a person."""
        by = Counter(row.how for row in self.rows)
        how = ", ".join(f"{name} {count:,}" for name, count in sorted(by.items()))
        away = ", ".join(f"{count:,} {why}" for why, count in sorted(self.thrown.items()))
        return f"{len(self.rows):,} training rows were made ({how or 'none'})" + (
            f"; not used: {away}." if away else "."
        )


def make_rows(
    rows: Sequence[Example],
    settings: AugmentSettings,
    *,
    labels: bool,
    taken: Sequence[str],
    seed: int,
    rewrite: Rewrite | None = None,
    unfit: Unfit | None = None,
) -> Made:
    """Make rows of ``rows``. Deterministic but for what ``rewrite`` writes.

    Args:
        rows: what is learnt from; all have targets.
        settings: how, and how many.
        labels: whether answers are labels; texts may copy words of the input, which then stay as they are.
        taken: inputs that no made row may repeat: those of validation.
        seed: the run's seed.
        rewrite: words texts anew; needed for ``paraphrase``.
        unfit: judges paraphrases; None: all are fit.
    """
    wanted = int(settings.share * len(rows))
    random = Random(derive(seed, "augment"))
    ways = [*settings.edits, *([PARAPHRASE] if settings.paraphrase else [])]
    order = random.sample(range(len(rows)), len(rows))
    tries = [(rows[order[i % len(order)]], ways[i % len(ways)], i) for i in range(_MANY_ASKED * wanted)] if rows else []
    worded = _paraphrases([source for source, way, _ in tries if way == PARAPHRASE], rewrite, unfit)
    seen = {normalise(text) for text in (*taken, *(row.input for row in rows))}
    written: set[str] = set()
    made: list[MadeRow] = []
    thrown: Counter[str] = Counter()
    for source, way, number in tries:
        if len(made) == wanted:
            break
        text, why = next(worded) if way == PARAPHRASE else (_edited(source, way, seed, number, labels=labels), "")
        known = written if way == "case" else seen  # what differs in case alone is a repetition by any other measure
        why = why or _trouble(source, text, labels=labels, repeats=text in written or normalise(text) in known)
        if why:
            thrown[why] += 1
            continue
        seen.add(normalise(text))
        written.add(text)
        made.append(MadeRow(example=_row(source, text, f"{way}{number}"), source=source.id, how=way))
    return Made(tuple(made), dict(thrown))


def _paraphrases(sources: Sequence[Example], rewrite: Rewrite | None, unfit: Unfit | None) -> Iterator[tuple[str, str]]:
    """Each source's paraphrase, and why it is not used; lazily, but all asked at once."""
    if not sources:
        return iter(())
    assert rewrite is not None, "paraphrases need something that writes them"
    texts = [text.strip() for text in rewrite([source.input for source in sources])]
    reasons = unfit(sources, texts) if unfit else [""] * len(texts)
    return iter(list(zip(texts, reasons, strict=True)))


def _edited(source: Example, way: str, seed: int, number: int, *, labels: bool) -> str:
    keep = frozenset[str]() if labels else _words(source)
    return EDITS.get(way)(source.input, Random(derive(seed, "augment", way, number)), keep)


def _words(source: Example) -> frozenset[str]:
    """Words of the answer that stand in the input: an answer that copies must find them there again."""
    said = {word.lower() for word in _WORD.findall(source.input)}
    return frozenset(word.lower() for word in _WORD.findall(source.target or "")) & said


def _trouble(source: Example, text: str, *, labels: bool, repeats: bool) -> str:
    if is_blank(text):
        return "empty"
    if text == source.input:
        return "unchanged"
    if repeats:
        return "repeats of a row"
    words = {word.lower() for word in _WORD.findall(text)}
    return "" if labels or _words(source) <= words else "without words of the answer"


def _row(source: Example, text: str, how: str) -> Example:
    fields = {**source.fields, "made_from": source.id, "made_by": how.rstrip("0123456789")}
    return replace(source, id=f"{source.id}+{how}", input=text, fields=fields)
