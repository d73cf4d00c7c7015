"""The leaderboard: every approach on the same sealed test set, best first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from metier.comparison import wording
from metier.comparison.document_changes import sentences
from metier.comparison.report.charts import Mark, axis_labels, interval, readable_scale
from metier.comparison.report.figures import are_shares, change
from metier.comparison.report.language import tell
from metier.comparison.report.phrases import metric, plural
from metier.comparison.report.reading import Approach, Run
from metier.comparison.report.reading.leaderboard import Worth
from metier.core import Score

_LIMITS = {
    "latency_ms": ("latency", "ms"),
    "memory_gb": ("memory", "GB"),
    "memory_mb": ("memory", "MB"),
    "disk_mb": ("disk", "MB"),
    "minutes": ("time of the whole run", "min"),
    "cost_per_1000": ("cost of 1,000 answers", ""),
}
_CONDITIONS = {
    "no_gpu": "no GPU",
    "facts_change_daily": "facts that change every day",
    "readers_differ": "readers who may not see all rows",
}
_VOLUME = "queries_per_month"
"""No limit: what the advice reckons a year's cost with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An approach that was measured: its place, its score, that as a picture, how knowledge gets in, and for whom."""

    approach: Approach
    kind: Mark
    badges: tuple[str, ...]
    score: Score
    picture: Markup
    fresh: str
    readers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """The table.

    Attributes:
        lead: how to read it.
        rows: best first.
        axis: the numbers above the pictures.
        worth: what single settings are worth, a sentence each.
        documents: whose documents are not those that it was measured with, a sentence each.
        unfinished: approaches without a score.
        metrics: all metrics, the primary one first.
        has_prices: whether any cost in money is known.
        has_p99: whether any 99th percentile of the answer time is known.
        load: queries at the same time where that was measured; 0: it was not.
        has_speed: whether it is known how many answers a second come where many are asked at once.
        has_gpu: whether any approach ran on a GPU.
        has_energy: whether the machine told what anything took.
        has_fresh: whether it is known how new knowledge gets in.
        has_readers: whether any approach holds rows that are not for everybody.
        all_figures: what the further table holds.
    """

    lead: str
    rows: tuple[Row, ...]
    axis: Markup
    worth: tuple[str, ...]
    documents: tuple[str, ...]
    unfinished: tuple[Approach, ...]
    metrics: tuple[str, ...]
    has_prices: bool
    has_p99: bool
    load: int
    has_speed: bool
    has_gpu: bool
    has_energy: bool
    has_fresh: bool
    has_readers: bool
    all_figures: str


def view(run: Run) -> Standings | None:
    """The leaderboard; None where there was no approach at all."""
    if not run.board.approaches:
        return None
    scale = readable_scale([run.quality(item) for item in run.finished]) if run.finished else None
    reference = run.quality(run.subject).value if run.subject else None
    rows = [
        Row(
            approach=item,
            kind=mark_of(run, item),
            badges=_badges(run, item),
            score=run.quality(item),
            picture=interval(run.quality(item), scale, kind=mark_of(run, item), reference=reference, level="21"),
            fresh=_fresh(item),
            readers=_readers(item),
        )
        for item in run.finished
        if scale
    ]
    costs = [item.costs for item in run.finished]
    has_prices = any(cost.cost_per_1000 is not None or cost.build_cost is not None for cost in costs)
    others = dict.fromkeys(name for item in run.finished for name in item.metrics)
    return Standings(
        lead=_lead(run),
        rows=tuple(rows),
        axis=axis_labels(scale) if scale else Markup(""),
        worth=tuple(map(_worth, run.board.worth)),
        documents=tuple(said for item in run.finished for said in sentences(item.name, item.documents_changed)),
        unfinished=run.unfinished,
        metrics=tuple(dict.fromkeys([run.board.primary, *others])),
        has_prices=has_prices,
        load=max((item.load[0] for item in run.finished if item.load), default=0),
        has_speed=any(cost.answers_per_second is not None for cost in costs),
        has_gpu=any(cost.gpu_memory_mb is not None for cost in costs),
        has_energy=any(cost.build_energy_wh is not None or cost.energy_per_1000_wh is not None for cost in costs),
        has_fresh=any(item.fresh for item in run.finished),
        has_readers=any(item.readers is not None for item in run.finished),
        has_p99=any(cost.latency_p99_ms is not None for cost in costs),
        all_figures=tell("All metrics, parameters, prices and rows shown in prompts")
        if has_prices
        else tell("All metrics, parameters and rows shown in prompts"),
    )


_WAYS = {
    "documents": "index the document, %(time)s for all",
    "rows": "add a row, %(time)s for all",
    "training": "build again, %(time)s",
    "prompt": "write it into the prompt",
}


def _fresh(item: Approach) -> str:
    """How new knowledge gets in, and how long that takes."""
    way, took = item.fresh or ("", None)
    if way not in _WAYS:
        return wording.MISSING
    return tell(_WAYS[way], time=wording.seconds(took)) if took is not None else tell(_WAYS[way].partition(",")[0])


def _readers(item: Approach) -> str:
    """Who may use an approach without being shown what is not for them."""
    if item.readers is None:
        return tell("everybody")
    return ", ".join(item.readers) or tell("nobody")


def _lead(run: Run) -> str:
    board = run.board
    size = plural(board.test_size, "example") if board.test_size else ""
    told = "Measured by %(metric)s on %(size)s, best first." if size else "Measured by %(metric)s, best first."
    parts = [
        tell(told, metric=metric(board.primary), size=size),
        tell("The line through a mark is its %(level)s interval.", level=wording.percent(board.confidence, 0)),
        tell(
            "Differences are in points to the best, example by example on the same test set; p is adjusted by Holm for "
            "comparing many."
        )
        if are_shares()
        else tell(
            "Differences are to the best, example by example on the same test set; p is adjusted by Holm for comparing "
            "many."
        ),
    ]
    if limits := _limits(board.limits, board.currency):
        parts.append(tell("Limits to keep: %(limits)s.", limits=", ".join(limits)))
    if isinstance(volume := board.limits.get(_VOLUME), int | float):
        parts.append(tell("The choice reckons with %(n)s queries a month.", n=wording.count(volume)))
    return " ".join(parts)


def _worth(found: Worth) -> str:
    """What a setting is worth, in a sentence."""
    return tell(
        "What %(part)s is worth to %(approach)s, beside %(without)s: %(change)s (%(low)s to %(high)s, %(p)s).",
        part=found.part,
        approach=found.approach,
        without=found.without,
        change=change(found.difference.value),
        low=change(found.difference.low),
        high=change(found.difference.high),
        p=wording.p_value(found.difference.p),
    )


def mark_of(run: Run, approach: Approach) -> Mark:
    """The mark of an approach in all charts."""
    if approach.name == run.board.recommended:
        return "chosen"
    return "floor" if run.is_floor(approach) else "other"


def _badges(run: Run, approach: Approach) -> tuple[str, ...]:
    best = run.finished[0]
    worse = approach.vs_best is not None and approach.vs_best.significant is True
    tied = approach.name in run.board.ties and approach is not best and not worse
    told = {
        "recommended": approach.name == run.board.recommended,
        "highest": approach is best and best.name != run.board.recommended,
        "tied with best": tied,
        "floor": run.is_floor(approach),
        "documents changed since": "since" in approach.documents_changed,
    }
    return tuple(badge for badge, holds in told.items() if holds)


def _limits(limits: Mapping[str, Any], currency: str) -> tuple[str, ...]:
    found: list[str] = []
    for name, value in limits.items():
        if name == _VOLUME or value is False:
            continue
        if name in _CONDITIONS:
            found.append(tell(_CONDITIONS[name]))
            continue
        word, unit = _LIMITS.get(name, (name.replace("_", " "), ""))
        unit = currency if name == "cost_per_1000" else unit
        word = tell(word)
        found.append(f"{word} {value:g}\u00a0{unit}".strip() if isinstance(value, int | float) else f"{word} {value}")
    return tuple(found)
