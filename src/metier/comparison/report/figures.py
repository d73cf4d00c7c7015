"""The primary metric's figures in print: shares in percent and points, everything else as a plain number.

A page is about one primary metric; :func:`measured_by` says what its unit is while the page is made, as
:func:`metier.comparison.report.language.speaking` says which language.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from metier.comparison import wording
from metier.comparison.report import phrases
from metier.comparison.wording import SHARE
from metier.core import Score, UnknownNameError
from metier.core.types import NO_FIELDS
from metier.evaluation import METRICS

_unit: ContextVar[str] = ContextVar("unit", default=SHARE)
_units: ContextVar[Mapping[str, str]] = ContextVar("units", default=NO_FIELDS)


@contextmanager
def measured_by(primary: str, units: Mapping[str, str]) -> Generator[None]:
    """Print figures inside in the units of their metrics.

    Args:
        primary: the primary metric.
        units: of the metrics of a run, as far as it has noted them.
    """
    known = _units.set(units)
    token = _unit.set(unit_of(primary))
    try:
        yield
    finally:
        _unit.reset(token)
        _units.reset(known)


def unit_of(metric: str) -> str:
    """The unit of a metric: as the run noted it, else as the catalogue has it; any other is a share."""
    if metric in _units.get():
        return _units.get()[metric]
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


def resolves_nothing(gap: float) -> bool:
    """Whether the test set is too small to tell approaches apart."""
    return wording.resolves_nothing(gap, _unit.get())


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
