"""Whether approaches are as often right as they are sure, for ``classify``."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from metier.comparison.report.charts import Sureness, reliability
from metier.comparison.report.language import tell
from metier.comparison.report.reading import Run
from metier.comparison.wording import percent
from metier.evaluation import Reliability, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One approach.

    Attributes:
        name: the approach.
        picture: its reliability diagram.
        words: what it shows.
        parts: the points, least sure first.
    """

    name: str
    picture: Markup
    words: str
    parts: tuple[Sureness, ...]


def view(run: Run) -> tuple[Calibration, ...] | None:
    """A diagram for each approach that says how sure it is, the recommended one's first; None where none does."""
    names = sorted(run.reliabilities, key=lambda name: name != run.board.recommended)
    return tuple(_calibration(run, name, run.reliabilities[name]) for name in names) or None


def _calibration(run: Run, name: str, table: Reliability) -> Calibration:
    parts = tuple(
        Sureness(
            low=part.low,
            high=part.high,
            number=part.count,
            sure=part.confidence,
            right=wilson(part.accuracy * part.count, part.count, run.board.confidence),
        )
        for part in table.bins
    )
    words = _words(table)
    title = tell("Reliability of %(name)s", name=name) + ". " + words
    return Calibration(name=name, picture=reliability(parts, title=title), words=words, parts=parts)


def _words(table: Reliability) -> str:
    values = {"error": percent(table.ece), "chance": percent(table.null_high)}
    if table.calibrated:
        told = "Expected calibration error %(error)s: no more than chance would show (up to %(chance)s)."
        return tell(told, **values)
    told = tell("Expected calibration error %(error)s, more than chance would show (up to %(chance)s)", **values)
    return told + (tell(": surer than it is right.") if table.sure > 0 else tell(": less sure than right."))
