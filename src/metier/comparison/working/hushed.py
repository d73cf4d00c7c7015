"""Many small builds are one bar: what each of them tells of its own steps stays out of the way."""

from __future__ import annotations

from typing import Any

from metier.core import Reporter

_PASSED = frozenset({"warn", "point", "trial"})


class Hushed:
    """Passes on warnings, and what trackers are told; not steps and lines.

    Args:
        then: the reporter behind.
    """

    def __init__(self, then: Reporter) -> None:
        self._then = then

    def event(self, kind: str, **data: Any) -> None:
        """Pass the event on, if it is for anybody beside a terminal, or a warning."""
        if kind in _PASSED:
            self._then.event(kind, **data)
