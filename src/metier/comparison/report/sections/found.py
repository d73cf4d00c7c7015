"""How well each label is found, where an answer may have several: pieces of a text by their label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from metier.comparison.report.charts import Part, bar
from metier.comparison.report.language import tell
from metier.comparison.report.reading import Run
from metier.evaluation import TypeScore


class Line(NamedTuple):
    """A label's scores, and its F1 as a bar."""

    score: TypeScore
    picture: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The section.

    Attributes:
        title: of which approach it is.
        lines: the labels, the weakest first.
    """

    title: str
    lines: tuple[Line, ...]


def view(run: Run) -> Found | None:
    """The labels; None where an answer has one label or none."""
    if run.subject is None or not run.found:
        return None
    lines = [Line(score, bar([Part(score.f1, "right")])) for score in sorted(run.found, key=lambda one: one.f1)]
    return Found(title=tell("What %(name)s finds, by label", name=run.subject.name), lines=tuple(lines))
