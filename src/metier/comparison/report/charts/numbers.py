"""Predicted numbers against the right ones: a dot for each row, exact answers on the diagonal."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from metier.comparison.report.charts.scale import Scale, even_scale
from metier.comparison.report.charts.svg import drawing, element, label, line
from metier.comparison.wording import number

_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 12.0, 26.0, 46.0
_TICKS = 6


def against(
    right: Sequence[float], given: Sequence[float], *, axis: tuple[str, str], title: str, size: float
) -> Markup:
    """The chart; both axes are of one scale, and answers beyond it are drawn at its edge.

    Args:
        right: the right numbers, at least one.
        given: the answers, as many.
        axis: names of the horizontal axis (right) and the vertical one (given).
        title: what a screen reader says.
        size: width and height in pixels.
    """
    scale = _common(right, given)
    bottom, end = size - _BOTTOM, size - _RIGHT

    def x(value: float) -> float:
        return _LEFT + scale.share(value) * (end - _LEFT)

    def y(value: float) -> float:
        return bottom - scale.share(value) * (bottom - _TOP)

    parts: list[Markup] = []
    for tick in scale.ticks(_TICKS):
        parts += [
            line(_LEFT, y(tick), end, y(tick), "grid"),
            label(number(tick), _LEFT - 8, y(tick) + 4, anchor="end"),
            line(x(tick), bottom, x(tick), bottom + 4, "tick"),
            label(number(tick), x(tick), bottom + 18, anchor="middle"),
        ]
    dots = "".join(f"M{x(a):.1f} {y(b):.1f}h0" for a, b in zip(right, given, strict=True))
    parts += [
        line(x(scale.low), y(scale.low), x(scale.high), y(scale.high), "diagonal"),
        line(_LEFT, bottom, end, bottom, "axis"),
        element("path", d=dots, class_="dots"),
        label(axis[0], end, bottom + 38, anchor="end", class_="axis-name"),
        label(axis[1], 0, 12, class_="axis-name"),
    ]
    return drawing(parts, width=size, height=size, title=title, class_="numbers")


def _common(right: Sequence[float], given: Sequence[float]) -> Scale:
    """Around the right numbers, and the answers as far as they lie within as much again on either side."""
    low, high = min(right), max(right)
    room = (high - low) or abs(high) or 1.0
    inside = [value for value in given if low - room <= value <= high + room]
    return even_scale([low, high, *inside], limit=_TICKS)
