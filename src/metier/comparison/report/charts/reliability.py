"""How sure an approach says it is, against how often it is right: a reliability diagram (DeGroot and Fienberg 1983)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from metier.comparison.report.charts.scale import Scale
from metier.comparison.report.charts.svg import drawing, element, label, line
from metier.comparison.report.language import tell
from metier.comparison.wording import percent, span
from metier.core import Score

_SIZE, _LEFT, _RIGHT, _TOP, _BOTTOM = 340.0, 38.0, 12.0, 22.0, 74.0
_SHARES = 30.0
"""Height of the columns that show how many answers there are."""


class Sureness(NamedTuple):
    """Answers that are about equally sure.

    Attributes:
        low: smallest confidence of the range, 0 to 1.
        high: largest.
        number: answers in it.
        sure: their mean confidence.
        right: the share of them that is right, with its interval.
    """

    low: float
    high: float
    number: int
    sure: float
    right: Score


def reliability(parts: Sequence[Sureness], *, title: str) -> Markup:
    """The diagram; on the diagonal is as right as sure. Columns below show how many answers each point stands for."""
    bottom, most = _SIZE - _BOTTOM, max(part.number for part in parts)
    scale = Scale(low=0, high=1, step=0.25)
    drawn: list[Markup] = []
    for tick in scale.ticks():
        drawn += [
            line(_LEFT, _y(tick), _SIZE - _RIGHT, _y(tick), "grid"),
            label(f"{100 * tick:g}", _LEFT - 7, _y(tick) + 4, anchor="end"),
            line(_x(tick), bottom, _x(tick), bottom + 4, "tick"),
            label(f"{100 * tick:g}", _x(tick), bottom + 17, anchor="middle"),
        ]
    drawn += [line(_x(0), _y(0), _x(1), _y(1), "diagonal"), line(_LEFT, bottom, _SIZE - _RIGHT, bottom, "axis")]
    for part in parts:
        x, height = _x(part.sure), max(_SHARES * part.number / most, 1)
        told = tell(
            "sure %(sure)s, right %(right)s, interval %(interval)s, answers %(n)s",
            sure=percent(part.sure, 0),
            right=percent(part.right.value, 0),
            interval=span(part.right, 0),
            n=f"{part.number:,}",
        )
        width = (_x(part.high) - _x(part.low)) * 0.82
        drawn += [
            element(
                "rect",
                x=_x((part.low + part.high) / 2) - width / 2,
                y=_SIZE - 4 - height,
                width=width,
                height=height,
                class_="share",
            ),
            line(x, _y(part.right.low), x, _y(part.right.high), "whisker"),
            element("circle", element("title", told), cx=x, cy=_y(part.right.value), r=4.25, class_="mark other"),
        ]
    drawn += [
        label(tell("right, %%"), 0, 12, class_="axis-name"),
        label(tell("sure, %%"), _SIZE - _RIGHT, bottom + 32, anchor="end", class_="axis-name"),
        label(tell("how many answers"), _LEFT, bottom + 32, class_="axis-name"),
    ]
    return drawing(drawn, width=_SIZE, height=_SIZE, title=title, class_="reliability")


def _x(share: float) -> float:
    return _LEFT + share * (_SIZE - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _SIZE - _BOTTOM - share * (_SIZE - _TOP - _BOTTOM)
