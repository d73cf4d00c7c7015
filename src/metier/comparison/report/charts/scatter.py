"""Quality against a cost, with names beside the points and the frontier of what nothing else beats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from metier.comparison.report.charts.marks import Mark, mark
from metier.comparison.report.charts.placing import Box, place_names
from metier.comparison.report.charts.scale import Scale, even_scale, log_scale, readable_scale
from metier.comparison.report.charts.svg import drawing, element, label, line, path
from metier.comparison.report.wording import percent, shortened
from metier.core import Score

_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 14.0, 14.0, 46.0
_NAME = 18
_WIDE_RANGE = 12
"""Costs that differ by more than this factor get a logarithmic axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An approach: its cost, its quality, and what it is."""

    name: str
    cost: float
    quality: Score
    kind: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """The area of the plot and its two axes."""

    width: float
    height: float
    costs: Scale
    quality: Scale

    def x(self, cost: float) -> float:
        return _LEFT + self.costs.share(cost) * (self.width - _LEFT - _RIGHT)

    def y(self, quality: float) -> float:
        return self.height - _BOTTOM - self.quality.share(quality) * (self.height - _TOP - _BOTTOM)


def scatter(
    points: Sequence[Point],
    *,
    least: float,
    say_cost: Callable[[float], str],
    axes: tuple[str, str],
    width: float,
    height: float,
) -> Markup:
    """The chart.

    Args:
        points: at least one.
        least: costs below are drawn here; positive, so that a logarithmic axis can hold a cost of nothing.
        say_cost: a cost in words, for the axis.
        axes: names of the horizontal and the vertical axis.
        width: in pixels; names are placed for this width.
        height: in pixels.
    """
    shown = [max(point.cost, least) for point in points]
    wide = max(shown) > _WIDE_RANGE * min(shown)
    frame = _Frame(
        width=width,
        height=height,
        costs=log_scale(shown) if wide else even_scale([0.0, *shown]),
        quality=readable_scale([point.quality for point in points]),
    )
    places = [(frame.x(cost), frame.y(point.quality.value)) for point, cost in zip(points, shown, strict=True)]
    title = f"{axes[1]} against {axes[0]}: " + "; ".join(
        f"{point.name} {percent(point.quality.value)} at {say_cost(point.cost)}" for point in points
    )
    parts = [
        *_grid(frame, say_cost, axes, logarithmic=wide),
        _frontier(points, shown, frame),
        *(_whisker(point, x, frame) for point, (x, _) in zip(points, places, strict=True)),
        *_names(points, places, frame),
        *(_point(point, x, y, frame, say_cost) for point, (x, y) in zip(points, places, strict=True)),
    ]
    return drawing(parts, width=width, height=height, title=title, class_="scatter")


def unbeaten(costs: Sequence[float], qualities: Sequence[float]) -> list[int]:
    """The points for which no other is both cheaper (or equal) and better, cheapest first.

    >>> unbeaten([1, 2, 3, 4], [0.5, 0.4, 0.9, 0.9])
    [0, 2]
    """
    best, front = float("-inf"), list[int]()
    for index in sorted(range(len(costs)), key=lambda item: (costs[item], -qualities[item])):
        if qualities[index] > best:
            best = qualities[index]
            front.append(index)
    return front


def _grid(frame: _Frame, say_cost: Callable[[float], str], axes: tuple[str, str], *, logarithmic: bool) -> list[Markup]:
    left, right, bottom = _LEFT, frame.width - _RIGHT, frame.height - _BOTTOM
    parts: list[Markup] = []
    for tick in frame.quality.ticks():
        y = frame.y(tick)
        parts += [line(left, y, right, y, "grid"), label(f"{100 * tick:.3g}", left - 8, y + 4, anchor="end")]
    for tick in frame.costs.ticks(7 if frame.width > 400 else 4):
        x = frame.x(tick)
        parts += [line(x, bottom, x, bottom + 4, "tick"), label(say_cost(tick), x, bottom + 18, anchor="middle")]
    parts.append(line(left, bottom, right, bottom, "axis"))
    name = f"{axes[0]} (logarithmic)" if logarithmic else axes[0]
    parts.append(label(name, right, bottom + 38, anchor="end", class_="axis-name"))
    return parts


def _frontier(points: Sequence[Point], costs: Sequence[float], frame: _Frame) -> Markup:
    steps: list[tuple[float, float]] = []
    for index in unbeaten(costs, [point.quality.value for point in points]):
        x, y = frame.x(costs[index]), frame.y(points[index].quality.value)
        steps += [(x, steps[-1][1]), (x, y)] if steps else [(x, y)]
    steps.append((frame.width - _RIGHT, steps[-1][1]))
    return path(steps, "frontier")


def _whisker(point: Point, x: float, frame: _Frame) -> Markup:
    return line(x, frame.y(point.quality.low), x, frame.y(point.quality.high), f"whisker {point.kind}")


def _point(point: Point, x: float, y: float, frame: _Frame, say_cost: Callable[[float], str]) -> Markup:
    told = f"{point.name}: {percent(point.quality.value)}, {say_cost(point.cost)}"
    if point.quality.value < frame.quality.low:
        arrow = element("path", element("title", told), d="M-5-5 5-5 0 2z", class_=f"mark off {point.kind}")
        return element("svg", arrow, x=x, y=y, overflow="visible", class_="place")
    return mark(point.kind, x, y, title=told)


def _names(points: Sequence[Point], places: Sequence[tuple[float, float]], frame: _Frame) -> list[Markup]:
    names = [
        shortened(point.name, _NAME)
        + (f" {percent(point.quality.value)}" if point.quality.value < frame.quality.low else "")
        for point in points
    ]
    area = Box(_LEFT, _TOP - 8, frame.width, frame.height - _BOTTOM)
    whiskers = [
        Box(x - 2, frame.y(point.quality.high), x + 2, frame.y(point.quality.low))
        for point, (x, _) in zip(points, places, strict=True)
    ]
    parts: list[Markup] = []
    found = place_names(places, names, frame=area, taken=whiskers)
    for point, name, (x, y), place in zip(points, names, places, found, strict=True):
        if place.apart:
            end = min(max(x, place.box.left + 4), place.box.right - 4)
            parts.append(line(x, y, end, place.box.bottom - 2 if place.y < y else place.box.top + 3, "leader"))
        parts.append(label(name, place.x, place.y, class_=f"name {point.kind}"))
    return parts
