"""How near written answers come to the right ones, for ``generate`` and ``chat``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from metier.comparison.report.charts import columns
from metier.comparison.report.language import tell
from metier.comparison.report.phrases import metric, plural
from metier.comparison.report.reading import Run
from metier.comparison.wording import count, percent

_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The section.

    Attributes:
        title: of which approach it is.
        lead: what it says, in words.
        name: the approach that it is about.
        rival: the best of the others; empty where there is none.
        wide: the distribution for a desktop.
        narrow: the distribution for a phone.
        metric: what answers are scored by.
        rows: range of the score in words, the subject's answers in it, the rival's.
    """

    title: str
    lead: str
    name: str
    rival: str
    wide: Markup
    narrow: Markup
    metric: str
    rows: tuple[tuple[str, int, int], ...]


def view(run: Run) -> Texts | None:
    """The distribution of scores; None for tasks with labels or numbers, or without answers."""
    if run.board.kind in ("classify", "regress") or not run.answers or run.subject is None:
        return None
    ours = [answer.score for answer in run.answers]
    theirs = [answer.score for answer in run.rival_answers.values()]
    values, outline = _binned(ours), _binned(theirs) if theirs else []
    ranges = [f"{10 * index}–{10 * index + 10} %" for index in range(_BINS)]
    told = [f"{name}: {plural(value, 'answer')}" for name, value in zip(ranges, values, strict=True)]
    name = metric(run.item_metric)
    title = tell("Answers of %(name)s by their %(metric)s: ", name=run.subject.name, metric=name)

    def draw(width: float) -> Markup:
        return columns(
            values,
            titles=told,
            ends=("0 %", "100 %"),
            axis=(tell("%(metric)s of an answer", metric=name), tell("answers")),
            title=title + "; ".join(told),
            outline=outline,
            width=width,
        )

    return Texts(
        title=tell("How near %(name)s comes to the right answers", name=run.subject.name),
        lead=_lead(run, name, ours, theirs),
        name=run.subject.name,
        rival=run.rival.name if run.rival and theirs else "",
        wide=draw(640),
        narrow=draw(330),
        metric=name,
        rows=tuple(zip(ranges, values, outline or [0] * _BINS, strict=True)),
    )


def _lead(run: Run, name: str, ours: list[float], theirs: list[float]) -> str:
    told = tell(
        "Each answer has a %(metric)s of its own. Half of the answers score %(middle)s or more",
        metric=name,
        middle=percent(median(ours), 0),
    )
    if run.rival and theirs:
        told += tell(
            "; for %(rival)s, the best of the others, it is %(middle)s",
            rival=run.rival.name,
            middle=percent(median(theirs), 0),
        )
    full = count(sum(value == 1 for value in ours))
    return told + tell(". %(full)s of %(total)s have a full score.", full=full, total=plural(len(ours), "answer"))


def _binned(values: Iterable[float]) -> list[int]:
    counts = [0] * _BINS
    for value in values:
        counts[min(int(value * _BINS), _BINS - 1)] += 1
    return counts
