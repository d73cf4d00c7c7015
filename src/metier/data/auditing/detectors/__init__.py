"""Detectors: one file for each kind of doubt, found by its name.

A detector is a function ``detect(view) -> list[Finding]``; it never changes anything, and gives the same findings for
the same rows. Third parties add detectors by the entry point ``metier.data.auditing.detectors``.
"""

from __future__ import annotations

from typing import Protocol

from metier.core import Registry
from metier.data.auditing.finding import Finding, View


class Detector(Protocol):
    """Looks for one kind of doubt."""

    def __call__(self, view: View) -> list[Finding]:
        """What was found; empty where there is nothing to say, or the kind of task does not fit."""
        ...


DETECTORS: Registry[Detector] = Registry("metier.data.auditing.detectors", kind="detector", attribute="detect")


__all__ = ["DETECTORS", "Detector"]
