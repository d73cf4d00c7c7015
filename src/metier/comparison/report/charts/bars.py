"""A horizontal bar in the cell of a table; places are percentages, so it takes any width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from metier.comparison.report.charts.svg import element, percentage


class Part(NamedTuple):
    """A piece of a bar: its length as a share of the cell and its class in the style sheet."""

    share: float
    kind: str


def bar(parts: Sequence[Part]) -> Markup:
    """Pieces side by side from the left. The numbers stand in the table, so screen readers skip the bar."""
    pieces: list[Markup] = []
    start = 0.0
    for part in parts:
        if part.share > 0:
            pieces.append(
                element("rect", x=percentage(start), width=percentage(part.share), height="100%", class_=part.kind)
            )
        start += part.share
    return element("svg", *pieces, class_="bar", aria_hidden="true")
