"""The grid that prompt search draws from: phrasings, label words, demonstrations, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Generic, Literal, TypeVar

from metier.core import derive

Order = Literal["as_chosen", "reversed", "mixed"]
Level = TypeVar("Level")
_ORDERS: tuple[Order, ...] = ("as_chosen", "reversed", "mixed")
_ORDERED_BY_LIKENESS = ("nearest", "diverse")
_DRAWS = 50  # so many times as many draws as candidates, before a small grid counts as used up


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to ask.

    Attributes:
        phrasing: name of a :class:`~metier.prompts.Phrasing`.
        words: name of a style of label words.
        demonstrations: how many are shown.
        choose: how they are chosen.
        order: in which order they stand.
        own: True: only demonstrations that the model gets right by itself (bootstrapped, as in DSPy).
    """

    phrasing: str = "plain"
    words: str = "plain"
    demonstrations: int = 0
    choose: str = "nearest"
    order: Order = "as_chosen"
    own: bool = False

    def __str__(self) -> str:
        """A name for tables."""
        parts = [self.phrasing, f"{self.words} label words"] if self.words != "plain" else [self.phrasing]
        if self.demonstrations:
            of = f" {self.order}" if self.order != "as_chosen" else ""
            parts.append(f"{self.demonstrations} {self.choose}{of}{' bootstrapped' if self.own else ''}")
        return ", ".join(parts)


def draw_candidates(
    count: int,
    *,
    default: Candidate,
    phrasings: Sequence[str],
    words: Sequence[str],
    demonstrations: Sequence[int],
    choose: Sequence[str],
    bootstrapped: bool,
    seed: int,
) -> list[Candidate]:
    """At most ``count`` different candidates, the default first.

    Every level of every factor comes equally often (shuffled columns, as in a Latin hypercube), so that a few dozen
    tell something about each; a grid smaller than ``count`` is taken whole.

    Args:
        count: how many.
        default: what is asked without a search; always among them.
        phrasings: names of phrasings.
        words: names of styles of label words.
        demonstrations: numbers of demonstrations.
        choose: names of selectors.
        bootstrapped: whether there are demonstrations that the model gets right by itself.
        seed: of the drawing.
    """
    random = Random(derive(seed, "candidates"))
    phrasing, style = _Column(random, phrasings), _Column(random, words)
    shown, way = _Column(random, demonstrations), _Column(random, choose)
    order, own = _Column(random, _ORDERS), _Column(random, (False, bootstrapped))
    found = [default]
    for _ in range(_DRAWS * count):
        if len(found) == count:
            break
        drawn = _without_the_meaningless(
            Candidate(
                phrasing=phrasing.next(),
                words=style.next(),
                demonstrations=shown.next(),
                choose=way.next(),
                order=order.next(),
                own=own.next(),
            ),
            default,
        )
        if drawn not in found:
            found.append(drawn)
    return found


def _without_the_meaningless(drawn: Candidate, default: Candidate) -> Candidate:
    """What makes no difference is set alike, so that no prompt is tried twice under two names."""
    if not drawn.demonstrations:
        return Candidate(phrasing=drawn.phrasing, words=drawn.words, choose=default.choose)
    # What is not ordered by likeness is drawn in a mixed order already.
    return drawn if drawn.choose in _ORDERED_BY_LIKENESS else replace(drawn, order="as_chosen")


class _Column(Generic[Level]):
    """Deals levels like cards: all of them, shuffled, again and again."""

    def __init__(self, random: Random, levels: Sequence[Level]) -> None:
        self._random, self._levels = random, list(levels)
        self._hand: list[Level] = []

    def next(self) -> Level:
        if not self._hand:
            self._hand = self._random.sample(self._levels, len(self._levels))
        return self._hand.pop()
