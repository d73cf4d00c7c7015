"""How near written answers come to the right ones, for ``generate`` and ``chat``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from metier.comparison.report.charts import columns
from metier.comparison.report.reading import Run
from metier.comparison.wording import metric

_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The section.

    Attributes:
        name: the approach that it is about.
        rival: the best of the others; empty where there is none.
        wide: the distribution for a desktop.
        narrow: the distribution for a phone.
        metric: what answers are scored by.
        middle: median score.
        rival_middle: the rival's; None where there is none.
        full: answers with a full score.
        total: all answers.
        rows: range of the score in words, the subject's answers in it, the rival's.
    """

    name: str
    rival: str
    wide: Markup
    narrow: Markup
    metric: str
    middle: float
    rival_middle: float | None
    full: int
    total: int
    rows: tuple[tuple[str, int, int], ...]


def view(run: Run) -> Texts | None:
    """The distribution of scores; None for tasks with labels, or without answers."""
    if run.board.kind == "classify" or not run.answers or run.subject is None:
        return None
    ours = [answer.score for answer in run.answers]
    theirs = [answer.score for answer in run.rival_answers.values()]
    values, outline = _binned(ours), _binned(theirs) if theirs else []
    ranges = [f"{10 * index}–{10 * index + 10} %" for index in range(_BINS)]
    told = [f"{name}: {value:,} answers" for name, value in zip(ranges, values, strict=True)]
    name = metric(run.item_metric)
    title = f"Answers of {run.subject.name} by their {name}: "

    def draw(width: float) -> Markup:
        return columns(
            values,
            titles=told,
            ends=("0 %", "100 %"),
            axis=(f"{name} of an answer", "answers"),
            title=title + "; ".join(told),
            outline=outline,
            width=width,
        )

    return Texts(
        name=run.subject.name,
        rival=run.rival.name if run.rival and theirs else "",
        wide=draw(640),
        narrow=draw(330),
        metric=name,
        middle=median(ours),
        rival_middle=median(theirs) if theirs else None,
        full=sum(value == 1 for value in ours),
        total=len(ours),
        rows=tuple(zip(ranges, values, outline or [0] * _BINS, strict=True)),
    )


def _binned(values: Iterable[float]) -> list[int]:
    counts = [0] * _BINS
    for value in values:
        counts[min(int(value * _BINS), _BINS - 1)] += 1
    return counts
