"""The primary metric's figures in print: shares in percent and points, everything else as a plain number.

A page is about one primary metric; :func:`measured_in` says what its unit is while the page is made, as
:func:`metier.comparison.report.language.speaking` says which language.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from metier.comparison import wording
from metier.comparison.report import phrases
from metier.comparison.wording import SHARE
from metier.core import Score, UnknownNameError
from metier.evaluation import METRICS

_unit: ContextVar[str] = ContextVar("unit", default=SHARE)


@contextmanager
def measured_in(unit: str) -> Generator[None]:
    """Print the primary metric's figures inside in ``unit``."""
    token = _unit.set(unit)
    try:
        yield
    finally:
        _unit.reset(token)


def unit_of(metric: str) -> str:
    """The unit of a metric of the catalogue; one of the user's own is a share."""
    with suppress(UnknownNameError):
        return METRICS.get(metric).unit
    return SHARE


def are_shares() -> bool:
    """Whether the primary metric is a share of 1."""
    return _unit.get() == SHARE


def figure(value: float | None) -> str:
    """A value of the primary metric."""
    return wording.figure(value, _unit.get())


def figure_span(score: Score | None) -> str:
    """Its interval."""
    return wording.figure_span(score, _unit.get())


def change(value: float | None) -> str:
    """A difference, with its sign."""
    return wording.change(value, _unit.get())


def size(value: float | None) -> str:
    """The size of a difference."""
    return phrases.points(value) if are_shares() else wording.size(value, _unit.get())


def metric_figure(score: Score | None, metric: str) -> str:
    """A value of any metric, in its own unit."""
    return wording.figure(score.value if score else None, unit_of(metric))


def metric_span(score: Score | None, metric: str) -> str:
    """The interval of any metric, in its own unit."""
    return wording.figure_span(score, unit_of(metric))


def tick(value: float) -> str:
    """A number on an axis."""
    return f"{100 * value:.3g}" if are_shares() else f"{value:.4g}"


def axis_name(quality: str) -> str:
    """What an axis of the primary metric is called."""
    return f"{quality}, %" if are_shares() else quality
