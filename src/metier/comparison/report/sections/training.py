"""How each training went: losses by step, and which weights were kept."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from metier.comparison.report.charts import curve
from metier.comparison.report.charts.curves import in_words, thinned
from metier.comparison.report.language import tell
from metier.comparison.report.reading import Run
from metier.core import TrainingCurve

_ROWS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One training.

    Attributes:
        name: the approach.
        status: whether it finished.
        picture: the chart.
        words: the same in a sentence.
        rows: step, training loss, validation loss, whether it was kept; at most some thirty.
    """

    name: str
    status: str
    picture: Markup
    words: str
    rows: tuple[tuple[int, float | None, float | None, bool], ...]


def view(run: Run) -> tuple[Course, ...] | None:
    """Every training that left a curve; None where nothing was trained by steps."""
    found = [
        Course(
            name=item.name,
            status=item.status,
            picture=curve(course, title=tell("Training of %(name)s", name=item.name)),
            words=in_words(course),
            rows=tuple(_rows(course)),
        )
        for item in (*run.finished, *run.unfinished)
        if (record := run.records.get(item.name)) and (course := record.curve) and course.steps
    ]
    return tuple(found) or None


def _rows(course: TrainingCurve) -> list[tuple[int, float | None, float | None, bool]]:
    """At each validation the training loss last noted; without validation, the training losses averaged."""
    if not course.validation_steps:
        every = max(len(course.steps) // _ROWS, 1)
        return [(int(step), loss, None, False) for step, loss in thinned(course.steps, course.losses)[::every]]
    every = -(-len(course.validation_steps) // _ROWS)
    rows: list[tuple[int, float | None, float | None, bool]] = []
    for index, (step, loss) in enumerate(zip(course.validation_steps, course.validation_losses, strict=True)):
        kept = step == course.best_step
        if kept or index % every == 0:
            before = [value for at, value in zip(course.steps, course.losses, strict=True) if at <= step]
            rows.append((step, before[-1] if before else None, loss, kept))
    return rows
