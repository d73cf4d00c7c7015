"""Columns side by side: a distribution, or many labels from frequent to rare."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from metier.comparison.report.charts.scale import even_scale
from metier.comparison.report.charts.svg import drawing, element, label, line, path

_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 10.0, 32.0, 42.0


def columns(
    values: Sequence[int],
    *,
    titles: Sequence[str],
    ends: tuple[str, str],
    axis: tuple[str, str],
    title: str,
    outline: Sequence[int] = (),
    width: float = 560,
    height: float = 240,
) -> Markup:
    """The chart.

    Args:
        values: heights, at least one.
        titles: what each column tells when it is pointed at, as many.
        ends: words below the first and the last column.
        axis: names of the horizontal and the vertical axis.
        title: what a screen reader says.
        outline: other heights, as many, to draw as a line over the columns.
        width: in pixels.
        height: in pixels.
    """
    scale = even_scale([0, *values, *outline], limit=5)
    bottom, breadth = height - _BOTTOM, (width - _LEFT - _RIGHT) / len(values)
    parts: list[Markup] = []

    def level(value: float) -> float:
        return bottom - scale.share(value) * (bottom - _TOP)

    for tick in scale.ticks(5):
        parts += [
            line(_LEFT, level(tick), width - _RIGHT, level(tick), "grid"),
            label(f"{tick:,.4g}", _LEFT - 8, level(tick) + 4, anchor="end"),
        ]
    gap = min(breadth * 0.18, 3)
    for index, (value, told) in enumerate(zip(values, titles, strict=True)):
        x, y = _LEFT + index * breadth + gap / 2, level(value)
        shape = element(
            "rect", element("title", told), x=x, y=y, width=breadth - gap, height=bottom - y, class_="column"
        )
        parts.append(shape)
    if outline:
        parts.append(path(_steps(outline, breadth, level), "outline"))
    parts += [
        line(_LEFT, bottom, width - _RIGHT, bottom, "axis"),
        label(ends[0], _LEFT, bottom + 18),
        label(ends[1], width - _RIGHT, bottom + 18, anchor="end"),
        label(axis[0], width - _RIGHT, bottom + 37, anchor="end", class_="axis-name"),
        label(axis[1], 0, 12, class_="axis-name"),
    ]
    return drawing(parts, width=width, height=height, title=title, class_="columns")


def _steps(values: Sequence[int], breadth: float, level: Callable[[float], float]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for index, value in enumerate(values):
        found += [(_LEFT + index * breadth, level(value)), (_LEFT + (index + 1) * breadth, level(value))]
    return found
