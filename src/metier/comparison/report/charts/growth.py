"""A learning curve: quality against the number of rows, single seeds, the law with its interval, and the forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from metier.comparison.report.charts.marks import mark
from metier.comparison.report.charts.scale import Scale, even_scale
from metier.comparison.report.charts.svg import drawing, element, label, line, path
from metier.comparison.report.figures import axis_name, figure, figure_span, tick
from metier.comparison.report.language import tell
from metier.core import Score
from metier.evaluation import CurvePoint, LawPoint

Place = Callable[[float], float]
"""From a value to pixels."""
WIDTH, HEIGHT = 340.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 20.0, 26.0, 42.0
_APART = 38.0
"""Names of sizes stand at least so many pixels apart."""
_BESIDE = 8.0
"""Single builds are drawn so far to the right of their mean."""
_LETTER = 6.6
"""Width of a figure, in pixels."""


def growth(points: Sequence[CurvePoint], law: Sequence[LawPoint], *, quality: str, title: str) -> Markup:
    """The chart.

    Args:
        points: at least one, the smallest size first.
        law: what the law has, ending at twice the rows; empty where there is none.
        quality: name of the vertical axis.
        title: what a screen reader says first.
    """
    known = points[-1].rows
    rows = Scale(low=points[0].rows / 1.12, high=(law[-1].rows if law else known) * 1.06, log=True)
    ends = [end for item in (*points, *law) for end in (item.low, item.high)]
    scale = even_scale([*ends, *(seed for point in points for seed in point.seeds)], limit=5)
    bottom = HEIGHT - _BOTTOM

    def x(count: float) -> float:
        return _LEFT + rows.share(count) * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return bottom - scale.share(value) * (bottom - _TOP)

    parts: list[Markup] = []
    for level in scale.ticks(5):
        parts += [
            line(_LEFT, y(level), WIDTH - _RIGHT, y(level), "grid"),
            label(tick(level), _LEFT - 7, y(level) + 4, anchor="end"),
        ]
    parts.append(line(_LEFT, bottom, WIDTH - _RIGHT, bottom, "axis"))
    parts += _sizes([*(point.rows for point in points), *([2 * known] if law else [])], x, bottom)
    parts += _law(law, known, x, y)
    if not law:
        parts.append(path([(x(point.rows), y(point.value)) for point in points], "curve grown bare"))
    for point in points:
        parts.append(line(x(point.rows), y(point.low), x(point.rows), y(point.high), "whisker"))
        beside = x(point.rows) + _BESIDE
        parts += [element("circle", cx=beside, cy=y(seed), r=2, class_="seed") for seed in point.seeds]
        parts.append(mark("other", x(point.rows), y(point.value), title=_told(point)))
    parts += [
        label(axis_name(quality), 0, 12, class_="axis-name"),
        label(tell("training rows"), WIDTH - _RIGHT, HEIGHT - 4, anchor="end", class_="axis-name"),
    ]
    words = "; ".join(_told(point) for point in (*points, *law[-1:]))
    return drawing(parts, width=WIDTH, height=HEIGHT, title=f"{title}: {words}", class_="growth")


def _sizes(sizes: Sequence[int], x: Place, bottom: float) -> list[Markup]:
    """Ticks at all sizes; their names from the largest down, where there is room."""
    parts: list[Markup] = []
    free = WIDTH
    for size in sorted(sizes, reverse=True):
        at, half = x(size), max(len(f"{size:,}") * _LETTER, _APART) / 2
        parts.append(line(at, bottom, at, bottom + 4, "tick"))
        if at + half <= free:
            parts.append(label(f"{size:,}", at, bottom + 18, anchor="middle"))
            free = at - half
    return parts


def _law(law: Sequence[LawPoint], known: int, x: Place, y: Place) -> list[Markup]:
    """The band of the interval, the line, and the line broken where it goes beyond what was measured."""
    if not law:
        return []
    upper = [f"{x(place.rows):.1f},{y(place.high):.1f}" for place in law]
    lower = [f"{x(place.rows):.1f},{y(place.low):.1f}" for place in reversed(law)]
    inside = sum(place.rows <= known * 1.001 for place in law)
    at = [(x(place.rows), y(place.value)) for place in law]
    return [
        element("polygon", points=" ".join([*upper, *lower]), class_="law-band"),
        path(at[:inside], "curve grown"),
        path(at[max(inside - 1, 0) :], "curve grown beyond"),
    ]


def _told(point: CurvePoint | LawPoint) -> str:
    value = Score(value=point.value, low=point.low, high=point.high)
    words = tell("%(value)s, interval %(interval)s", value=figure(point.value), interval=figure_span(value))
    rows = tell("%(n)s rows", n=f"{point.rows:,.0f}")
    return f"{rows}, {tell('by the law')}, {words}" if isinstance(point, LawPoint) else f"{rows}, {words}"
