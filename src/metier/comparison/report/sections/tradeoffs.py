"""Quality against what it costs: to answer, to build, and in money where prices are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from metier.comparison.report.charts import CostAxis, Point, scatter, unbeaten
from metier.comparison.report.language import tell
from metier.comparison.report.phrases import listing, metric
from metier.comparison.report.reading import Costs, Run
from metier.comparison.report.reading.answers import lower_is_better
from metier.comparison.report.sections.standings import mark_of
from metier.comparison.wording import capital, milliseconds, money, seconds

_TICKS = (1, 10, 100, 3, 30, 300)
"""Round numbers of a unit; those that come first are kept where there is no room for all."""


class _Cost(NamedTuple):
    """A cost to plot against.

    Attributes:
        title: of the chart.
        finding: who stands on its frontier (``names``).
        name: what the cost is called.
        of: where it stands.
        say: the cost in words.
        least: where the axis begins at the earliest.
        units: size and name of each unit that its ticks are told in, smallest first.
    """

    title: str
    finding: str
    name: str
    of: Callable[[Costs], float | None]
    say: Callable[[float | None], str]
    least: float
    units: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tradeoff:
    """One chart, drawn for a wide and for a narrow place, and its data.

    Attributes:
        title: what is compared.
        wide: the chart for a desktop.
        narrow: the chart for a phone.
        finding: who stands on the frontier, in a sentence.
        cost_name: head of the column of costs.
        rows: name, cost in words, point.
    """

    title: str
    wide: Markup
    narrow: Markup
    finding: str
    cost_name: str
    rows: tuple[tuple[str, str, Point], ...]


def _build(costs: Costs) -> float | None:
    return costs.build_seconds if costs.build_seconds is not None else costs.train_seconds


_COSTS = (
    _Cost(
        title="Quality and speed",
        finding="Nothing measured is both faster and better than %(names)s.",
        name="time for one answer",
        of=lambda costs: costs.latency_p50_ms,
        say=milliseconds,
        least=0.1,
        units=((0.1, "ms"), (1, "ms"), (1e3, "s"), (6e4, "min")),
    ),
    _Cost(
        title="Quality and effort",
        finding="Nothing measured is both quicker to build and better than %(names)s.",
        name="time to build",
        of=_build,
        say=seconds,
        least=1,
        units=((1, "s"), (60, "min"), (3600, "h")),
    ),
    _Cost(
        title="Quality and price",
        finding="Nothing measured is both cheaper and better than %(names)s.",
        name="cost of 1,000 answers",
        of=lambda costs: costs.cost_per_1000,
        say=money,
        least=0.001,
        units=((0.001, ""), (1, "")),
    ),
)


def view(run: Run) -> tuple[Tradeoff, ...] | None:
    """A chart for each cost that at least two approaches have; None where there is none."""
    found = [_tradeoff(run, cost) for cost in _COSTS]
    return tuple(item for item in found if item) or None


def _tradeoff(run: Run, cost: _Cost) -> Tradeoff | None:
    points: list[Point] = []
    for item in run.finished:
        found = cost.of(item.costs)
        if found is not None:
            points.append(Point(name=item.name, cost=found, quality=run.quality(item), kind=mark_of(run, item)))
    if len(points) < 2:
        return None
    sign = -1 if lower_is_better(run.board.primary, run.board.lower) else 1
    currency = run.board.currency if cost.say is money else ""
    name = f"{tell(cost.name)}, {currency}" if currency else tell(cost.name)
    axis = CostAxis(name=name, say=cost.say, least=cost.least, ticks=_ticks(cost))

    def draw(width: float, height: float) -> Markup:
        return scatter(points, cost=axis, quality=metric(run.board.primary), width=width, height=height, sign=sign)

    front = unbeaten([point.cost for point in points], [sign * point.quality.value for point in points])
    return Tradeoff(
        title=tell(cost.title),
        wide=draw(540, 370),
        narrow=draw(340, 340),
        finding=tell(cost.finding, names=listing(points[index].name for index in front)),
        cost_name=capital(axis.name),
        rows=tuple((point.name, axis.say(point.cost), point) for point in points),
    )


def _ticks(cost: _Cost) -> dict[float, str]:
    """Round costs with their words; a number of a unit ends where the next unit begins."""
    found: dict[float, str] = {}
    ends = [*(size for size, _ in cost.units[1:]), float("inf")]
    for number in _TICKS:
        for (size, unit), end in zip(cost.units, ends, strict=True):
            value = number * size
            if value < end:
                base = size if unit and size >= 1 else 1
                found[value] = f"{value / base:,g} {unit}".strip()
    return found
