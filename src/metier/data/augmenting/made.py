"""Makes training rows: in turn by every edit and every model that writes, filtered, at most a share, with sources."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from metier.core import Example, derive
from metier.core.said import Said
from metier.data.augmenting.edits import EDITS
from metier.data.augmenting.settings import AugmentSettings
from metier.data.values import is_blank, normalise

SELF_INSTRUCT = "self_instruct"
FILL = "fill"
_NEW = frozenset({SELF_INSTRUCT, FILL})
"""Ways that make rows of their own, with no columns and no turns before them."""
AT_ONCE = 32
"""Rows that are asked for at once: what is asked for too much at the end, at most, of each way."""
_WORD = re.compile(r"\w+")
_MANY_TRIED = 2
"""So many times as many rows are tried as are wanted: some are thrown away."""


class Draft(NamedTuple):
    """What a model wrote.

    Attributes:
        text: an input; empty where nothing came.
        target: its answer. None: that of the row it was made of.
        sources: ids of the rows that it was made of. None: of the one it was asked for.
        why: why it is not used, in a few words; empty where it may be.
    """

    text: str
    target: str | None = None
    sources: tuple[str, ...] | None = None
    why: str = ""


Writer = Callable[[Sequence[Example]], Sequence[Draft]]
"""One draft for each of some rows, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRow:
    """A row that was made.

    Attributes:
        example: as it is learnt from; its id is the first source's with ``+HOW`` behind it.
        sources: ids of the rows that it was made of.
        how: name of the edit, or of the way in which a model wrote it.
    """

    example: Example
    sources: tuple[str, ...]
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

    @property
    def by(self) -> dict[str, int]:
        """How many rows each edit and each way made."""
        return dict(sorted(Counter(row.how for row in self.rows).items()))

    def __str__(self) -> str:
        """A sentence for a person."""
        how = ", ".join(f"{name} {count:,}" for name, count in self.by.items()) or Said("none")
        away = ", ".join(f"{count:,} {why}" for why, count in sorted(self.thrown.items()))
        number = f"{len(self.rows):,}"
        if not away:
            return Said("%(n)s training rows were made (%(how)s).", n=number, how=how)
        return Said("%(n)s training rows were made (%(how)s); not used: %(away)s.", n=number, how=how, away=away)


def make_rows(
    rows: Sequence[Example],
    settings: AugmentSettings,
    *,
    copies: bool,
    taken: Sequence[str],
    seed: int,
    writers: Mapping[str, Writer] | None = None,
) -> Made:
    """Make rows of ``rows``. Deterministic but for what ``writers`` write.

    Args:
        rows: what is learnt from; all have targets.
        settings: how, and how many.
        copies: whether answers may copy words of the input, which then stay as they are: texts do, labels do not.
        taken: inputs that no made row may repeat: those of validation.
        seed: the run's seed.
        writers: the models that write, by the name of the way; asked for a few rows at a time, and no more than needed.
    """
    wanted = int(settings.share * len(rows))
    random = Random(derive(seed, "augment"))
    order = [rows[place] for place in random.sample(range(len(rows)), len(rows))]
    by_id = {row.id: row for row in rows}
    ways = [*settings.edits, *(writers or {})]
    drafts = {way: _drafts(writer, _asked_for(order, way, wanted)) for way, writer in (writers or {}).items()}
    seen = {normalise(text) for text in (*taken, *(row.input for row in rows))}
    written: set[str] = set()
    made: list[MadeRow] = []
    thrown: Counter[str] = Counter()
    for number in range(_MANY_TRIED * wanted if rows else 0):
        if len(made) == wanted:
            break
        source, way = order[number % len(order)], ways[number % len(ways)]
        if way in drafts:
            if (found := next(drafts[way], None)) is None:
                continue  # every row has been worded anew once
            source, draft = found
        else:
            draft = Draft(_edited(source, way, seed, number, copies=copies))
        known = written if way == "case" else seen  # what differs in case alone is a repetition by any other measure
        repeats = draft.text in written or normalise(draft.text) in known
        if why := draft.why or _trouble(source, draft, copies=copies, repeats=repeats):
            thrown[why] += 1
            continue
        seen.add(normalise(draft.text))
        written.add(draft.text)
        made.append(_row(_base(source, draft, way, by_id), draft, way, number))
    return Made(tuple(made), dict(thrown))


def most_asked(settings: AugmentSettings, rows: int) -> dict[str, int]:
    """How many times each model that writes is asked, at most: where half of what it writes is thrown away.

    Args:
        settings: how rows are made, and how many.
        rows: what is learnt from.
    """
    wanted, ways = int(settings.share * rows), [*settings.edits, *settings.writers]
    turns = -(-_MANY_TRIED * wanted // max(1, len(ways)))
    at_once = AT_ONCE * -(-turns // AT_ONCE)
    most = {way: _MANY_TRIED * wanted if way == SELF_INSTRUCT else rows for way in settings.writers}
    return {way: min(most[way], at_once) for way in settings.writers}


def _drafts(writer: Writer, sources: Sequence[Example]) -> Iterator[tuple[Example, Draft]]:
    """Each source with its draft, some asked for at a time and only as far as they are taken."""
    for start in range(0, len(sources), AT_ONCE):
        some = sources[start : start + AT_ONCE]
        yield from zip(some, writer(some), strict=True)


def _asked_for(order: Sequence[Example], way: str, wanted: int) -> list[Example]:
    """The rows that a way begins from: each once, but for new rows each answer in turn, as often as need be."""
    turns = range(_MANY_TRIED * wanted)
    if way == FILL:
        return [_nth(order, turn) for turn in turns]
    if way != SELF_INSTRUCT:
        return list(order)
    of: defaultdict[str, list[Example]] = defaultdict(list)
    for row in order:
        of[row.target or ""].append(row)
    answers = [*of.values()]
    return [_nth(answers[turn % len(answers)], turn // len(answers)) for turn in turns]


def _nth(rows: Sequence[Example], number: int) -> Example:
    return rows[number % len(rows)]


def _edited(source: Example, way: str, seed: int, number: int, *, copies: bool) -> str:
    keep = _words(source) if copies else frozenset[str]()
    return EDITS.get(way)(source.input, Random(derive(seed, "augment", way, number)), keep)


def _words(source: Example) -> frozenset[str]:
    """Words of the answer that stand in the input: an answer that copies must find them there again."""
    said = {word.lower() for word in _WORD.findall(source.input)}
    return frozenset(word.lower() for word in _WORD.findall(source.target or "")) & said


def _trouble(source: Example, draft: Draft, *, copies: bool, repeats: bool) -> str:
    if is_blank(draft.text):
        return "empty"
    if draft.text == source.input:
        return "unchanged"
    if repeats:
        return "repeats of a row"
    if not copies or draft.target is not None:
        return ""
    words = {word.lower() for word in _WORD.findall(draft.text)}
    return "" if _words(source) <= words else "without words of the answer"


def _base(source: Example, draft: Draft, way: str, by_id: Mapping[str, Example]) -> Example:
    """The row whose group and readers a made row takes over: of a filled template, the first that gave it a value."""
    if way != FILL:
        return source
    return by_id[draft.sources[0]] if draft.sources else Example(id="template", input="")


def _row(source: Example, draft: Draft, way: str, number: int) -> MadeRow:
    sources = (source.id,) if draft.sources is None else draft.sources
    columns = {} if way in _NEW else source.fields
    fields = {**columns, "made_from": sources, "made_by": way}
    example = replace(
        source,
        id=f"{source.id}+{way}{number}",  # numbers run over all ways
        input=draft.text,
        target=source.target if draft.target is None else draft.target,
        history=() if way in _NEW else source.history,
        fields=fields,
    )
    return MadeRow(example=example, sources=sources, how=way)
