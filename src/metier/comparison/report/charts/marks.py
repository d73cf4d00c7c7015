"""The mark of an approach: its shape says what it is, in every chart alike."""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup

from metier.comparison.report.charts.svg import element

Mark = Literal["chosen", "other", "floor"]
"""A filled diamond for what is recommended, a filled dot for the others, an open ring for floors."""


def mark(kind: Mark, x: float | str = 0, y: float | str = 0, *, title: str = "") -> Markup:
    """The mark at a place in numbers or percentages; ``title`` shows when it is pointed at."""
    told = element("title", title) if title else Markup("")
    if kind == "chosen":
        shape = element("path", told, d="M0-6 6 0 0 6-6 0z", class_="mark chosen")
        return element("svg", shape, x=x, y=y, overflow="visible", class_="place")
    return element("circle", told, cx=x, cy=y, r=4.25 if kind == "other" else 3.75, class_=f"mark {kind}")


def legend_mark(kind: Mark) -> Markup:
    """The mark by itself, for a legend."""
    return element("svg", mark(kind, "50%", "50%"), width=16, height=16, class_="legend-mark", aria_hidden="true")
