"""Which labels are recognised and which are mixed up, for ``classify``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from metier.comparison.report.charts import Part, Scale, bar, compact_map, interval, labelled_matrix
from metier.comparison.report.reading import Analysis, LabelScore, Run
from metier.comparison.report.wording import percent

_MATRIX = 20
"""Up to so many labels, the matrix has names and numbers."""
_PAIRS = 14
"""At most so many pairs, of those mixed up more than once."""
_SINGLE = 6
"""So many pairs where all were mixed up only once."""
_FIRST = 20


class Pair(NamedTuple):
    """Two labels that were mixed up: what was right, what was given, how often, out of how many, as a bar."""

    right: str
    given: str
    times: int
    support: int
    picture: Markup


class Line(NamedTuple):
    """A label's scores, and its recall as a picture."""

    score: LabelScore
    picture: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The section.

    Attributes:
        name: the approach that it is about.
        picture: the matrix or the map.
        compact: whether it is the map, without names.
        pairs: what was mixed up most, most often first.
        errors: all wrong answers.
        shown: wrong answers that ``pairs`` account for.
        first: labels, the weakest first.
        rest: the others where there are many.
    """

    name: str
    picture: Markup
    compact: bool
    pairs: tuple[Pair, ...]
    errors: int
    shown: int
    first: tuple[Line, ...]
    rest: tuple[Line, ...]


def view(run: Run) -> Labels | None:
    """What the subject recognises; None where there are no labels or no answers."""
    analysis = run.analysis
    if analysis is None or run.subject is None:
        return None
    pairs = _pairs(analysis)
    often = sum(pair.times > 1 for pair in pairs)
    shown = pairs[: min(often, _PAIRS) or _SINGLE]
    lines = sorted((_line(score) for score in analysis.per_label), key=lambda item: (item.score.f1, item.score.label))
    cut = len(lines) if len(lines) <= _FIRST else _FIRST // 2 + 2
    compact = len(analysis.labels) > _MATRIX
    draw = compact_map if compact else labelled_matrix
    return Labels(
        name=run.subject.name,
        picture=draw(analysis.labels, analysis.counts, title=_title(analysis)),
        compact=compact,
        pairs=shown,
        errors=_errors(analysis),
        shown=sum(pair.times for pair in shown),
        first=tuple(lines[:cut]),
        rest=tuple(lines[cut:]),
    )


def _pairs(analysis: Analysis) -> tuple[Pair, ...]:
    found = [
        (count, row, column)
        for row, cells in enumerate(analysis.counts)
        for column, count in enumerate(cells)
        if count and row != column
    ]
    found.sort(key=lambda item: (-item[0], item[1], item[2]))
    most = found[0][0] if found else 1
    return tuple(
        Pair(
            analysis.labels[row],
            analysis.labels[column],
            count,
            sum(analysis.counts[row]),
            bar([Part(count / most, "wrong")]),
        )
        for count, row, column in found
    )


def _line(score: LabelScore) -> Line:
    return Line(score, interval(score.recall, Scale(low=0, high=1), kind="other"))


def _errors(analysis: Analysis) -> int:
    return sum(map(sum, analysis.counts)) - sum(row[index] for index, row in enumerate(analysis.counts))


def _title(analysis: Analysis) -> str:
    total = sum(map(sum, analysis.counts))
    right = total - _errors(analysis)
    share = f" ({percent(right / total)})" if total else ""
    return (
        f"Right answers against given answers for {len(analysis.labels)} labels: {right:,} of {total:,}{share} right."
    )
