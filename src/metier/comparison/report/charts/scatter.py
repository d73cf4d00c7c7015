"""Quality against a cost, with names beside the points and the frontier of what nothing else beats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from metier.comparison.report.charts.marks import Mark, mark
from metier.comparison.report.charts.placing import Box, place_names
from metier.comparison.report.charts.scale import Scale, log_scale, readable_scale
from metier.comparison.report.charts.svg import drawing, element, label, line, path
from metier.comparison.report.figures import axis_name, figure, tick
from metier.comparison.report.language import tell
from metier.comparison.wording import shortened
from metier.core import Score

_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 16.0, 34.0, 46.0
_NAME = 18
_APART = 50.0
"""Distance of two ticks at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An approach: its cost, its quality, and what it is."""

    name: str
    cost: float
    quality: Score
    kind: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAxis:
    """A cost as a logarithmic axis.

    Attributes:
        name: what it is called.
        say: a cost in words.
        least: costs below are drawn here, and its tick says so; positive, because the axis cannot hold nothing.
        ticks: round costs with their words; those that come first are kept where there is no room for all.
    """

    name: str
    say: Callable[[float | None], str]
    least: float
    ticks: Mapping[float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """The area of the plot and its two axes.

    ``clamped``: some cost is less than the axis begins with. ``sign``: -1 where low qualities are the good ones.
    """

    width: float
    height: float
    cost: CostAxis
    costs: Scale
    quality: Scale
    clamped: bool
    sign: int

    def x(self, cost: float) -> float:
        return _LEFT + self.costs.share(max(cost, self.cost.least)) * (self.width - _LEFT - _RIGHT)

    def y(self, quality: float) -> float:
        return self.height - _BOTTOM - self.quality.share(quality) * (self.height - _TOP - _BOTTOM)

    def place(self, point: Point) -> tuple[float, float]:
        return self.x(point.cost), self.y(point.quality.value)


def scatter(
    points: Sequence[Point], *, cost: CostAxis, quality: str, width: float, height: float, sign: int = 1
) -> Markup:
    """The chart.

    Args:
        points: at least one.
        cost: the horizontal axis.
        quality: name of the vertical axis.
        width: in pixels; names are placed for this width.
        height: in pixels.
        sign: -1 where low qualities are the good ones.
    """
    frame = _Frame(
        width=width,
        height=height,
        cost=cost,
        costs=log_scale([max(point.cost, cost.least) for point in points]),
        quality=readable_scale([point.quality for point in points]),
        clamped=any(point.cost < cost.least for point in points),
        sign=sign,
    )
    told = "; ".join(
        tell(
            "%(name)s %(value)s at %(cost)s",
            name=point.name,
            value=figure(point.quality.value),
            cost=cost.say(point.cost),
        )
        for point in points
    )
    steps = _frontier(points, frame)
    parts = [
        *_grid(frame, quality),
        path(steps, "frontier"),
        *(_whisker(point, frame) for point in points),
        *_names(points, frame, steps),
        *(_point(point, frame) for point in points),
    ]
    return drawing(
        parts,
        width=width,
        height=height,
        title=tell("%(quality)s against %(cost)s: ", quality=quality, cost=cost.name) + told,
        class_="scatter",
    )


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


def _grid(frame: _Frame, quality: str) -> list[Markup]:
    left, right, bottom = _LEFT, frame.width - _RIGHT, frame.height - _BOTTOM
    parts: list[Markup] = []
    for value in frame.quality.ticks():
        y = frame.y(value)
        parts += [line(left, y, right, y, "grid"), label(tick(value), left - 8, y + 4, anchor="end")]
    for x, words in _ticks(frame):
        parts += [line(x, bottom, x, bottom + 4, "tick"), label(words, x, bottom + 18, anchor="middle")]
    horizontal = tell("%(cost)s (logarithmic)", cost=frame.cost.name)
    return [
        *parts,
        line(left, bottom, right, bottom, "axis"),
        label(axis_name(quality), 0, 12, class_="axis-name"),
        label(horizontal, right, bottom + 38, anchor="end", class_="axis-name"),
    ]


def _ticks(frame: _Frame) -> list[tuple[float, str]]:
    """Places and words of the ticks that have room beside those before them."""
    kept: list[tuple[float, str]] = []
    for value, words in frame.cost.ticks.items():
        x = frame.x(value)
        if frame.costs.low <= value <= frame.costs.high and all(abs(x - other) >= _APART for other, _ in kept):
            kept.append((x, f"≤ {words}" if frame.clamped and value == frame.cost.least else words))
    return kept


def _frontier(points: Sequence[Point], frame: _Frame) -> list[tuple[float, float]]:
    """The stairs of what nothing beats, as far as the axis shows it."""
    shown = [point for point in points if point.quality.value >= frame.quality.low]
    steps: list[tuple[float, float]] = []
    qualities = [frame.sign * point.quality.value for point in shown]
    for index in unbeaten([point.cost for point in shown], qualities):
        x, y = frame.place(shown[index])
        steps += [(x, steps[-1][1]), (x, y)] if steps else [(x, y)]
    return [*steps, (frame.width - _RIGHT, steps[-1][1])]


def _whisker(point: Point, frame: _Frame) -> Markup:
    x = frame.x(point.cost)
    return line(x, frame.y(point.quality.low), x, frame.y(point.quality.high), f"whisker {point.kind}")


def _point(point: Point, frame: _Frame) -> Markup:
    told = f"{point.name}: {figure(point.quality.value)}, {frame.cost.say(point.cost)}"
    x, y = frame.place(point)
    if point.quality.value < frame.quality.low:
        arrow = element("path", element("title", told), d="M-5-6 5-6 0 1z", class_=f"mark off {point.kind}")
        return element("svg", arrow, x=x, y=y, overflow="visible", class_="place")
    return mark(point.kind, x, y, title=told)


def _names(points: Sequence[Point], frame: _Frame, steps: Sequence[tuple[float, float]]) -> list[Markup]:
    places = [frame.place(point) for point in points]
    names = [_name(point, frame) for point in points]
    whiskers = [
        Box(x - 2, frame.y(point.quality.high), x + 2, frame.y(point.quality.low))
        for point, (x, _) in zip(points, places, strict=True)
    ]
    stairs = [Box(min(a, c) - 1, min(b, d) - 1, max(a, c) + 1, max(b, d) + 1) for (a, b), (c, d) in pairwise(steps)]
    area = Box(_LEFT, 16, frame.width - _RIGHT + 6, frame.height - _BOTTOM - 1)
    parts: list[Markup] = []
    found = place_names(places, names, frame=area, taken=[*whiskers, *stairs])
    for point, name, (x, y), place in zip(points, names, places, found, strict=True):
        if place.apart:
            parts.append(line(x, y, place.x, place.box.bottom - 2 if place.y < y else place.box.top + 3, "leader"))
        parts.append(label(name, place.x, place.y, anchor=place.anchor, class_=f"name {point.kind}"))
    return parts


def _name(point: Point, frame: _Frame) -> str:
    """The name, with the value where that lies off the axis."""
    off = point.quality.value < frame.quality.low
    return shortened(point.name, _NAME) + (f" {figure(point.quality.value)}" if off else "")
