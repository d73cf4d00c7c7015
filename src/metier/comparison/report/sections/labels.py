"""Which labels are recognised and which are mixed up, for ``classify``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from metier.comparison.report.charts import (
    Part,
    Scale,
    axis_labels,
    bar,
    compact_map,
    interval,
    labelled_matrix,
    readable_scale,
)
from metier.comparison.report.language import tell
from metier.comparison.report.reading import Run
from metier.comparison.wording import percent
from metier.core import Score
from metier.evaluation import ClassScore, Confusion

_MATRIX = 20
"""Up to so many labels, the matrix has names and numbers."""
_PAIRS = 14
"""At most so many pairs, of those mixed up more than once."""
_FEWEST = 6
"""So many pairs in any case, if there are."""
_FIRST = 20


class Pair(NamedTuple):
    """Two labels that were mixed up: what was right, what was given, how often, out of how many, as a bar."""

    right: str
    given: str
    times: int
    support: int
    picture: Markup


class Line(NamedTuple):
    """A label's scores, its recall with the interval, and that as a picture."""

    score: ClassScore
    recall: Score
    picture: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The section.

    Attributes:
        title: of which approach it is.
        picture: the matrix or the map.
        compact: whether it is the map, without names.
        pairs: what was mixed up most, most often first.
        errors: all wrong answers.
        shown: wrong answers that ``pairs`` account for.
        axis: the numbers above the pictures of recall.
        first: labels, the weakest first.
        rest: the others where there are many.
    """

    title: str
    picture: Markup
    compact: bool
    pairs: tuple[Pair, ...]
    errors: int
    shown: int
    axis: Markup
    first: tuple[Line, ...]
    rest: tuple[Line, ...]


def view(run: Run) -> Labels | None:
    """What the subject recognises; None where there are no labels or no answers."""
    if run.analysis is None or run.subject is None:
        return None
    table, scores = run.analysis.confusion, run.analysis.scores
    pairs = _pairs(table)
    often = sum(pair.times > 1 for pair in pairs)
    shown = pairs[: max(min(often, _PAIRS), _FEWEST)]
    scale = readable_scale([_recall(score) for score in scores])
    lines = [_line(score, scale) for score in sorted(scores, key=lambda score: (score.f1, score.label))]
    cut = len(lines) if len(lines) <= _FIRST else _FIRST // 2 + 2
    compact = len(table.labels) > _MATRIX
    draw = compact_map if compact else labelled_matrix
    return Labels(
        title=tell("What %(name)s tells apart, and what it mixes up", name=run.subject.name),
        picture=draw(table.labels, table.counts, title=_title(table)),
        compact=compact,
        pairs=shown,
        errors=_errors(table),
        shown=sum(pair.times for pair in shown),
        axis=axis_labels(scale),
        first=tuple(lines[:cut]),
        rest=tuple(lines[cut:]),
    )


def _pairs(table: Confusion) -> tuple[Pair, ...]:
    found = [
        (count, row, column)
        for row, cells in enumerate(table.counts)
        for column, count in enumerate(cells)
        if count and row != column
    ]
    found.sort(key=lambda item: (-item[0], item[1], item[2]))
    most = found[0][0] if found else 1
    return tuple(
        Pair(
            table.labels[row],
            table.labels[column],
            count,
            sum(table.counts[row]),
            bar([Part(count / most, "wrong")]),
        )
        for count, row, column in found
    )


def _line(score: ClassScore, scale: Scale) -> Line:
    recall = _recall(score)
    return Line(score, recall, interval(recall, scale, kind="other"))


def _recall(score: ClassScore) -> Score:
    return Score(value=score.recall, low=score.recall_low, high=score.recall_high)


def _errors(table: Confusion) -> int:
    return sum(map(sum, table.counts)) - sum(row[index] for index, row in enumerate(table.counts))


def _title(table: Confusion) -> str:
    total = sum(map(sum, table.counts))
    right = total - _errors(table)
    told = "Right answers against given answers for %(labels)s labels: %(right)s of %(total)s (%(share)s) right."
    return tell(
        told,
        labels=len(table.labels),
        right=f"{right:,}",
        total=f"{total:,}",
        share=percent(right / total if total else None),
    )
