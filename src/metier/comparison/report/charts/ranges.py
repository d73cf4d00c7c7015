"""Scores over ranges that stand in an order (short to long, few rows to many), for one approach or several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from metier.comparison.report.charts.marks import Mark, mark
from metier.comparison.report.charts.scale import readable_scale
from metier.comparison.report.charts.svg import drawing, label, line
from metier.comparison.report.figures import figure, figure_span, tick
from metier.comparison.report.language import tell
from metier.core import Score

_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 14.0, 26.0, 42.0
_APART = 14.0
"""Series stand beside each other within a range, so many pixels apart."""


class Series(NamedTuple):
    """One approach: its name, what it is, and a score for each range (None where there is none)."""

    name: str
    kind: Mark
    scores: tuple[Score | None, ...]


def ranges(
    series: Sequence[Series],
    names: Sequence[str],
    *,
    axis: tuple[str, str],
    title: str,
    width: float,
    height: float = 270,
) -> Markup:
    """The chart.

    Args:
        series: at least one, with at least one score.
        names: what the ranges are called, first to last.
        axis: names of the horizontal and the vertical axis.
        title: what a screen reader says first.
        width: in pixels.
        height: in pixels.
    """
    scale = readable_scale([score for item in series for score in item.scores if score])
    bottom, breadth = height - _BOTTOM, (width - _LEFT - _RIGHT) / len(names)

    def level(value: float) -> float:
        return bottom - scale.share(value) * (bottom - _TOP)

    parts: list[Markup] = []
    for value in scale.ticks():
        parts += [
            line(_LEFT, level(value), width - _RIGHT, level(value), "grid"),
            label(tick(value), _LEFT - 7, level(value) + 4, anchor="end"),
        ]
    parts.append(line(_LEFT, bottom, width - _RIGHT, bottom, "axis"))
    for place, name in enumerate(names):
        parts.append(label(name, _LEFT + (place + 0.5) * breadth, bottom + 18, anchor="middle"))
    told: list[str] = []
    for number, item in enumerate(series):
        shift = (number - (len(series) - 1) / 2) * _APART
        points = [
            (_LEFT + (place + 0.5) * breadth + shift, score, names[place])
            for place, score in enumerate(item.scores)
            if score
        ]
        parts += [
            line(a, level(b.value), c, level(d.value), f"trend {item.kind}")
            for (a, b, _), (c, d, _) in pairwise(points)
        ]
        for x, score, name in points:
            words = tell("%(value)s, interval %(interval)s", value=figure(score.value), interval=figure_span(score))
            told.append(f"{item.name}, {name}: {words}")
            parts.append(line(x, level(score.low), x, level(score.high), f"whisker {item.kind}"))
            parts.append(mark(item.kind, x, level(score.value), title=told[-1]))
    parts += [
        label(axis[1], 0, 12, class_="axis-name"),
        label(axis[0], width - _RIGHT, height - 4, anchor="end", class_="axis-name"),
    ]
    return drawing(parts, width=width, height=height, title=f"{title}: {'; '.join(told)}", class_="ranges")
