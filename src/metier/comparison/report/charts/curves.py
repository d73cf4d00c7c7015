"""The course of one training: training loss, validation loss, and the step whose weights were kept."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from metier.comparison.report.charts.marks import mark
from metier.comparison.report.charts.scale import Scale, even_scale
from metier.comparison.report.charts.svg import drawing, element, label, line, path
from metier.comparison.report.language import tell
from metier.core import TrainingCurve

WIDTH, HEIGHT = 340.0, 210.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 12.0, 20.0, 40.0
_POINTS = 160
"""A line has at most so many points; more are averaged."""


def curve(course: TrainingCurve, *, title: str) -> Markup:
    """The chart; ``title`` is what a screen reader says first."""
    steps = Scale(low=0, high=max(*course.steps, *course.validation_steps, 1))
    losses = even_scale([0.0, *course.losses, *course.validation_losses], limit=5)
    trained = _line(thinned(course.steps, course.losses), steps, losses)
    checked = _line(list(zip(course.validation_steps, course.validation_losses, strict=True)), steps, losses)
    parts = _grid(steps, losses)
    if trained:
        parts.append(path(trained, "curve training"))
    parts += _kept(course, steps, losses)
    if checked:
        parts.append(path(checked, "curve validation"))
        parts += [element("circle", cx=x, cy=y, r=2.4, class_="curve-dot") for x, y in checked[: _POINTS // 2]]
    if course.best_step in course.validation_steps:
        best = course.validation_losses[course.validation_steps.index(course.best_step)]
        parts.append(mark("chosen", _x(course.best_step, steps), _y(best, losses)))
    return drawing(parts, width=WIDTH, height=HEIGHT, title=f"{title}. {in_words(course)}", class_="curves")


def in_words(course: TrainingCurve) -> str:
    """Where the losses began and ended, and which step was kept, in a sentence."""
    parts: list[str] = []
    if course.losses:
        first, last = (f"{course.losses[place]:#.3g}" for place in (0, -1))
        parts.append(tell("Training loss from %(first)s to %(last)s", first=first, last=last))
    if course.validation_losses:
        losses = course.validation_losses
        first, last, lowest = (f"{loss:#.3g}" for loss in (losses[0], losses[-1], min(losses)))
        told = "validation loss from %(first)s to %(last)s, lowest %(lowest)s"
        parts.append(tell(told, first=first, last=last, lowest=lowest))
    if course.best_step:
        parts.append(tell("kept: step %(step)s", step=f"{course.best_step:,}"))
    words = "; ".join(parts)
    return words[:1].upper() + words[1:]


def thinned(steps: Sequence[float], losses: Sequence[float]) -> list[tuple[float, float]]:
    """Points of a line, consecutive ones averaged where there are too many to draw."""
    size = -(-len(steps) // _POINTS)
    if size <= 1:
        return list(zip(steps, losses, strict=True))
    parts = range(0, len(steps), size)
    return [(_mean(steps[start : start + size]), _mean(losses[start : start + size])) for start in parts]


def _grid(steps: Scale, losses: Scale) -> list[Markup]:
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    parts: list[Markup] = []
    for tick in losses.ticks(5):
        y = _y(tick, losses)
        parts += [line(_LEFT, y, right, y, "grid"), label(f"{tick:g}", _LEFT - 7, y + 4, anchor="end")]
    for tick in steps.ticks(5):
        x = _x(tick, steps)
        parts += [line(x, bottom, x, bottom + 4, "tick"), label(f"{tick:,.0f}", x, bottom + 18, anchor="middle")]
    parts.append(line(_LEFT, bottom, right, bottom, "axis"))
    parts.append(label(tell("optimiser steps"), right, HEIGHT - 4, anchor="end", class_="axis-name"))
    return parts


def _kept(course: TrainingCurve, steps: Scale, losses: Scale) -> list[Markup]:
    if course.best_step <= 0:
        return []
    x = _x(course.best_step, steps)
    beyond = steps.share(course.best_step) > 0.6
    text = label(
        tell("kept: step %(step)s", step=f"{course.best_step:,}"),
        x + (-6 if beyond else 6),
        12,
        anchor="end" if beyond else "start",
    )
    return [line(x, 4, x, _y(losses.low, losses), "kept"), text]


def _line(points: Sequence[tuple[float, float]], steps: Scale, losses: Scale) -> list[tuple[float, float]]:
    return [(_x(step, steps), _y(loss, losses)) for step, loss in points]


def _x(step: float, steps: Scale) -> float:
    return _LEFT + steps.share(step) * (WIDTH - _LEFT - _RIGHT)


def _y(loss: float, losses: Scale) -> float:
    return HEIGHT - _BOTTOM - losses.share(loss) * (HEIGHT - _TOP - _BOTTOM)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
