"""How near predicted numbers come to the right ones, for ``regress``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from metier.comparison.report.charts import against, columns
from metier.comparison.report.charts.scale import even_scale
from metier.comparison.report.language import tell
from metier.comparison.report.phrases import plural
from metier.comparison.report.reading import Answer, Run
from metier.comparison.report.reading.answers import task_form
from metier.comparison.wording import number
from metier.core.tasks.regress import number_of

_DRAWN = 1500
"""At most so many dots, taken at even distances."""
_BINS = 13
_PARTS = 5
_TAIL = 0.01
"""Share of the errors at either end that is put into the last column there."""


class Part(NamedTuple):
    """Rows whose right numbers are about equal.

    Attributes:
        low: the least of their numbers.
        high: the greatest.
        rows: how many there are.
        right: the mean of their numbers.
        given: the mean of the answers.
        off: the mean absolute error.
    """

    low: float
    high: float
    rows: int
    right: float
    given: float
    off: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The section.

    Attributes:
        title: of which approach it is.
        lead: what it says, in words.
        name: the approach that it is about.
        rival: the best of the others; empty where there is none.
        dots: predicted against right numbers.
        wide: the distribution of errors for a desktop.
        narrow: the distribution for a phone.
        parts: by the size of the right number.
        errors: range of the error in words, the subject's answers in it, the rival's.
    """

    title: str
    lead: str
    name: str
    rival: str
    dots: Markup
    wide: Markup
    narrow: Markup
    parts: tuple[Part, ...]
    errors: tuple[tuple[str, int, int], ...]


class _Pairs(NamedTuple):
    """Right and given numbers of the answers that are numbers, [N]."""

    right: np.ndarray
    given: np.ndarray


def view(run: Run) -> Numbers | None:
    """Dots, errors and parts; None for other tasks, or where no answer is a number."""
    if run.subject is None or not task_form(run.board.kind).numeric:
        return None
    ours, theirs = _pairs(run.answers), _pairs([*run.rival_answers.values()])
    if not len(ours.right):
        return None
    edges = _edges(np.concatenate([ours.given - ours.right, theirs.given - theirs.right]))
    values = _binned(ours, edges)
    outline = _binned(theirs, edges) if len(theirs.right) else []
    ranges = _in_words(edges)
    told = [f"{name}: {plural(value, 'answer')}" for name, value in zip(ranges, values, strict=True)]
    title = tell("Errors of %(name)s: ", name=run.subject.name)

    def draw(width: float) -> Markup:
        return columns(
            values,
            titles=told,
            ends=(number(edges[0]), number(edges[-1])),
            axis=(tell("answer less right number"), tell("answers")),
            title=title + "; ".join(told),
            outline=outline,
            width=width,
        )

    return Numbers(
        title=tell("How near %(name)s comes to the right numbers", name=run.subject.name),
        lead=_lead(run, ours),
        name=run.subject.name,
        rival=run.rival.name if run.rival and outline else "",
        dots=_dots(run.subject.name, ours),
        wide=draw(560),
        narrow=draw(330),
        parts=_parts(ours),
        errors=tuple(zip(ranges, values, outline or [0] * len(values), strict=True)),
    )


def _pairs(answers: Sequence[Answer]) -> _Pairs:
    both = [(number_of(answer.target), number_of(answer.given)) for answer in answers]
    known = np.array([pair for pair in both if None not in pair], dtype=np.float64).reshape(-1, 2)
    return _Pairs(known[:, 0], known[:, 1])


def _dots(name: str, pairs: _Pairs) -> Markup:
    step = max(1, -(-len(pairs.right) // _DRAWN))
    return against(
        pairs.right[::step].tolist(),
        pairs.given[::step].tolist(),
        axis=(tell("right number"), tell("answer")),
        title=tell("Answers of %(name)s against the right numbers; the figures stand in the table", name=name),
        size=420,
    )


def _lead(run: Run, pairs: _Pairs) -> str:
    off = pairs.given - pairs.right
    half, most = np.quantile(np.abs(off), [0.5, 0.9]).tolist()
    told = tell(
        "Half of the answers are within %(half)s of the right number, nine in ten within %(most)s.",
        half=number(half),
        most=number(most),
    )
    mean = float(off.mean())
    size = number(abs(mean))
    if abs(mean) > 2 * float(off.std()) / len(off) ** 0.5:
        told += " " + (
            tell("On average they are %(size)s too high.", size=size)
            if mean > 0
            else tell("On average they are %(size)s too low.", size=size)
        )
    if missing := len(run.answers) - len(off):
        told += " " + tell("Answers without a number, left out here: %(n)s.", n=f"{missing:,}")
    return told


def _edges(errors: np.ndarray) -> list[float]:
    """Round numbers around the errors but the few furthest; at least two columns."""
    low, high = np.quantile(errors, [_TAIL, 1 - _TAIL]).tolist()
    return list(even_scale([min(low, 0.0), max(high, 0.0)], limit=_BINS).ticks(_BINS))


def _binned(pairs: _Pairs, edges: Sequence[float]) -> list[int]:
    inside = np.clip(pairs.given - pairs.right, edges[0], edges[-1])
    return np.histogram(inside, bins=list(edges))[0].tolist()


def _in_words(edges: Sequence[float]) -> list[str]:
    """Each range; the first and the last hold what lies beyond them, too."""
    return [tell("%(low)s to %(high)s", low=number(low), high=number(high)) for low, high in pairwise(edges)]


def _parts(pairs: _Pairs) -> tuple[Part, ...]:
    """Five about equally large parts by the right number; rows with the same number stay together."""
    cuts = np.quantile(pairs.right, np.linspace(0, 1, _PARTS + 1)[1:-1])
    place = np.searchsorted(np.unique(cuts), pairs.right, side="left")
    found: list[Part] = []
    for each in np.unique(place):
        right, given = pairs.right[place == each], pairs.given[place == each]
        found.append(
            Part(
                low=float(right.min()),
                high=float(right.max()),
                rows=len(right),
                right=float(right.mean()),
                given=float(given.mean()),
                off=float(np.abs(given - right).mean()),
            )
        )
    return tuple(found)
