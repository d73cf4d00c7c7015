"""Quality against what it costs: to answer, to build, and in money where prices are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from metier.comparison.report.charts import CostAxis, Point, scatter, unbeaten
from metier.comparison.report.reading import Costs, Run
from metier.comparison.report.sections.standings import mark_of
from metier.comparison.wording import capital, listing, metric, milliseconds, money, seconds


class _Cost(NamedTuple):
    """A cost to plot against: the chart's title, where the cost stands, its axis, and what less of it is called."""

    title: str
    of: Callable[[Costs], float | None]
    axis: CostAxis
    better: str


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


def _round_numbers(unit: str, numbers: tuple[float, ...], scale: float = 1) -> dict[float, str]:
    return {number * scale: f"{number:,g} {unit}".strip() for number in numbers}


_MILLISECONDS = {
    **_round_numbers("ms", (0.1, 1, 10, 100)),
    **_round_numbers("s", (1, 10, 100), 1e3),
    **_round_numbers("ms", (0.3, 3, 30, 300)),
    **_round_numbers("s", (3, 30), 1e3),
}
_SECONDS = {
    **_round_numbers("s", (1, 10)),
    **_round_numbers("min", (1, 10), 60),
    **_round_numbers("h", (1, 10, 100), 3600),
    **_round_numbers("s", (3, 30)),
    **_round_numbers("min", (3, 30), 60),
    **_round_numbers("h", (3, 30), 3600),
}
_MONEY = _round_numbers("", (0.001, 0.01, 0.1, 1, 10, 100, 1000, 0.003, 0.03, 0.3, 3, 30, 300))

_COSTS = (
    _Cost(
        title="Quality and speed",
        of=lambda costs: costs.latency_p50_ms,
        axis=CostAxis(
            name="time for one answer",
            say=milliseconds,
            least=0.1,
            ticks=_MILLISECONDS,
        ),
        better="faster",
    ),
    _Cost(
        title="Quality and effort",
        of=_build,
        axis=CostAxis(
            name="time to build",
            say=seconds,
            least=1,
            ticks=_SECONDS,
        ),
        better="quicker to build",
    ),
    _Cost(
        title="Quality and price",
        of=lambda costs: costs.cost_per_1000,
        axis=CostAxis(
            name="cost of 1,000 answers",
            say=money,
            least=0.001,
            ticks=_MONEY,
        ),
        better="cheaper",
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

    def draw(width: float, height: float) -> Markup:
        return scatter(points, cost=cost.axis, quality=metric(run.board.primary), width=width, height=height)

    front = unbeaten([point.cost for point in points], [point.quality.value for point in points])
    names = listing(points[index].name for index in front)
    return Tradeoff(
        title=cost.title,
        wide=draw(540, 370),
        narrow=draw(340, 340),
        finding=f"Nothing measured is both {cost.better} and better than {names}.",
        cost_name=capital(cost.axis.name),
        rows=tuple((point.name, cost.axis.say(point.cost), point) for point in points),
    )
