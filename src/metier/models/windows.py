"""Texts as windows of tokens for a head on every token: nothing is cut, and every unit is answered exactly once.

A unit is what gets one tag: a word (whose first token stands for it, as is usual for named entities) or a token. Long
texts become windows that overlap; a unit that stands in several belongs to the one in which it has most text around it.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

UnitKind = Literal["word", "token"]
OVERLAP = 0.25
"""Share of a window that it has in common with the next one."""


class Unit(NamedTuple):
    """What gets one tag.

    Attributes:
        token: place of its first token.
        start: its first character in the text.
        end: the first character that does not belong to it.
    """

    token: int
    start: int
    end: int


class Window(NamedTuple):
    """A piece of a text as a row.

    Attributes:
        ids: token ids, special ones included.
        units: those that this window answers for, in the order of the text; their tokens are places in ``ids``.
    """

    ids: tuple[int, ...]
    units: tuple[Unit, ...]


def windows(tokenizer: Any, text: str, *, max_length: int, unit: UnitKind) -> list[Window]:
    """The windows of a text, at least one.

    Args:
        tokenizer: a fast one.
        text: any text.
        max_length: tokens of a window, special ones included.
        unit: what gets one tag.
    """
    encoded = tokenizer(text, truncation=False, verbose=False).encodings[0]
    every = encoded.ids
    inner = [place for place, special in enumerate(encoded.special_tokens_mask) if not special]
    first, last = (inner[0], inner[-1] + 1) if inner else (len(every), len(every))
    before, after = every[:first], every[last:]
    ids, units = every[first:last], _units(encoded, text, first, last, unit)
    room = max(1, max_length - len(before) - len(after))
    starts = _starts(len(ids), room)
    homes = [_home(one.token, starts, room, len(ids)) for one in units]
    return [
        Window(
            (*before, *ids[start : start + room], *after),
            tuple(
                one._replace(token=one.token - start + len(before))
                for one, home in zip(units, homes, strict=True)
                if home == number
            ),
        )
        for number, start in enumerate(starts)
    ]


def _units(encoded: Any, text: str, first: int, last: int, unit: UnitKind) -> list[Unit]:
    """The units of a text; ``token`` counts from ``first``. White space by itself is none."""
    found: list[Unit] = []
    word: int | None = None
    offsets, words = encoded.offsets, encoded.word_ids  # made anew at each look
    for place in range(first, last):
        start, end = offsets[place]
        while start < end and text[start].isspace():
            start += 1
        same = unit == "word" and place > first and words[place] is not None
        same = same and words[place] == word
        word = words[place]
        if same and found:
            begun = found[-1]
            blank = begun.start == begun.end  # so far, only the space before the word
            found[-1] = begun._replace(start=start if blank else begun.start, end=max(begun.end, end))
        elif not (found and (start, end) == found[-1][1:]):  # several tokens of one character are one unit
            found.append(Unit(place - first, start, end))
    return [one for one in found if one.start < one.end]


def _starts(length: int, room: int) -> list[int]:
    """Where windows begin, so that they overlap and the last one ends with the text."""
    if length <= room:
        return [0]
    count = math.ceil((length - room) / max(1, int(room * (1 - OVERLAP)))) + 1
    return [round(number * (length - room) / (count - 1)) for number in range(count)]


def _home(token: int, starts: list[int], room: int, length: int) -> int:
    """The window in which a token has most text on its poorer side; ends of the text are no lack."""

    def around(number: int) -> float:
        start, end = starts[number], starts[number] + room
        before = math.inf if start == 0 else token - start
        after = math.inf if end >= length else end - 1 - token
        return min(before, after) if start <= token < end else -1.0

    return max(range(len(starts)), key=around)
