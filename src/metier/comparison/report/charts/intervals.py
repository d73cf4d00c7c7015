"""Scores as dots with whiskers in the cells of a table, all on one axis.

Places are percentages of the cell's width, so that the grid lines of all rows meet whatever the width.
"""

from __future__ import annotations

from markupsafe import Markup

from metier.comparison.report.charts.marks import Mark, mark
from metier.comparison.report.charts.scale import Scale
from metier.comparison.report.charts.svg import element, group, label, line, percentage
from metier.comparison.report.figures import figure, figure_span, tick
from metier.comparison.report.language import tell
from metier.core import Score

_TICKS = 5
_EDGE = 0.04
"""Share of the width kept free at either side, for marks at the ends."""


def interval(score: Score, scale: Scale, *, kind: Mark, reference: float | None = None, level: str = "50%") -> Markup:
    """One score. What lies below the axis is an arrow at its start.

    Args:
        score: the value with its interval.
        scale: the axis that all rows share.
        kind: what the approach is.
        reference: a value to mark with a line through all rows.
        level: how far down in the cell the mark stands.
    """
    parts = [line(_at(value, scale), "0%", _at(value, scale), "100%", "grid") for value in scale.ticks(_TICKS)]
    if reference is not None:
        parts.append(line(_at(reference, scale), "0%", _at(reference, scale), "100%", "reference"))
    if score.high <= scale.low:
        arrow = element("path", d="M-2 0 5-5 5 5z", class_=f"mark off {kind}")
        parts.append(element("svg", arrow, x=_at(scale.low, scale), y=level, overflow="visible", class_="place"))
    else:
        parts.append(line(_at(score.low, scale), level, _at(score.high, scale), level, f"whisker {kind}"))
        if score.value >= scale.low:
            parts.append(mark(kind, _at(score.value, scale), level))
    parts.append(_own_axis(scale))
    title = tell("%(value)s, interval %(interval)s", value=figure(score.value), interval=figure_span(score))
    return element("svg", *parts, class_="interval", role="img", aria_label=title)


def axis_labels(scale: Scale) -> Markup:
    """The numbers of the axis, for the head of the table."""
    texts = [label(tick(value), _at(value, scale), "75%", anchor="middle") for value in scale.ticks(_TICKS)]
    return element("svg", *texts, class_="interval-axis", aria_hidden="true")


def _own_axis(scale: Scale) -> Markup:
    """The two ends of the axis in the row itself, shown where the table's head is not (on a phone)."""
    ends = [
        label(tick(scale.low), _at(scale.low, scale), "100%", anchor="middle"),
        label(tick(scale.high), _at(scale.high, scale), "100%", anchor="middle"),
    ]
    return group(ends, class_="own-axis", aria_hidden="true")


def _at(value: float, scale: Scale) -> str:
    return percentage(_EDGE + (1 - 2 * _EDGE) * scale.share(value))
