"""How far results move when approaches are asked in other words that mean the same."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from metier.comparison.report.charts import axis_labels, interval, readable_scale
from metier.comparison.report.language import tell
from metier.comparison.report.phrases import metric
from metier.comparison.report.reading import Run
from metier.comparison.report.sections.standings import mark_of
from metier.core import Score, Sensitivity


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An approach: what it is called, what was found, its range as a picture, and whether that exceeds chance."""

    name: str
    found: Sensitivity
    first: float
    picture: Markup
    moved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordings:
    """The section.

    Attributes:
        lead: what was done.
        metric: what was measured.
        axis: the numbers above the pictures.
        lines: in the order of the leaderboard.
    """

    lead: str
    metric: str
    axis: Markup
    lines: tuple[Line, ...]


def view(run: Run) -> Wordings | None:
    """The ranges; None where no approach was asked in other words."""
    tried = [(item, item.sensitivity) for item in run.finished if item.sensitivity]
    if not tried:
        return None
    ranges = {item.name: _range(found) for item, found in tried}
    scale = readable_scale(list(ranges.values()))
    first = tried[0][1]
    return Wordings(
        lead=tell(
            "The same rows of validation (%(rows)s), asked in other words that mean the same. The mark is the wording "
            "of this run, the line reaches from the worst wording to the best. Where it is much longer than chance "
            "would make it, the result hangs on the wording.",
            rows=f"{first.rows:,}",
        ),
        metric=metric(first.metric),
        axis=axis_labels(scale),
        lines=tuple(
            Line(
                name=item.name,
                found=found,
                first=next(iter(found.wordings.values())),
                picture=interval(ranges[item.name], scale, kind=mark_of(run, item)),
                moved=found.spread > found.by_chance,
            )
            for item, found in tried
        ),
    )


def _range(found: Sensitivity) -> Score:
    values = list(found.wordings.values())
    return Score(value=values[0], low=min(values), high=max(values))
