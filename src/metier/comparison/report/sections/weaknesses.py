"""Slices of the test set where the subject is significantly worse: than elsewhere, or than another approach."""

from __future__ import annotations

from dataclasses import dataclass

from metier.comparison.report.facets import Facet
from metier.comparison.report.language import tell
from metier.comparison.report.phrases import metric
from metier.comparison.report.reading import Run
from metier.comparison.report.slices import FEWEST, Weakness
from metier.comparison.wording import percent

_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A weakness with what its slice is called, in words."""

    slice: str
    value: str
    weakness: Weakness


@dataclass(frozen=True, slots=True, kw_only=True)
class Weaknesses:
    """The section.

    Attributes:
        title: of which approach it is.
        lead: how it was found.
        metric: what rows are scored by.
        elsewhere: slices where it is worse than on all other rows, the surest first.
        others: slices where another approach is better, the surest first.
        elsewhere_words: how many looks the first took and what they found.
        others_words: the same of the second.
    """

    title: str
    lead: str
    metric: str
    elsewhere: tuple[Line, ...]
    others: tuple[Line, ...]
    elsewhere_words: str
    others_words: str


def view(run: Run) -> Weaknesses | None:
    """What was found; None where there was nothing to look at."""
    found = run.weaknesses
    if found is None or run.subject is None:
        return None
    name = run.subject.name
    return Weaknesses(
        title=tell("Where %(name)s is weaker", name=name),
        lead=tell(
            "Every slice of the test set with at least %(n)s rows was looked at: by label, by length, by each further "
            "column. Shown is what is significant at %(level)s after Holm’s adjustment for all comparisons.",
            n=FEWEST,
            level=percent(run.board.confidence, 0),
        ),
        metric=metric(run.item_metric),
        elsewhere=tuple(map(_line, found.than_elsewhere[:_SHOWN])),
        others=tuple(map(_line, found.than_others[:_SHOWN])),
        elsewhere_words=_looks(found.looks_elsewhere, len(found.than_elsewhere)),
        others_words=_looks(found.looks_others, len(found.than_others)),
    )


def _line(weakness: Weakness) -> Line:
    return Line(slice=slice_name(weakness.facet), value=weakness.value, weakness=weakness)


def slice_name(facet: Facet) -> str:
    """What a way of dividing is called."""
    names = {"label": tell("Label"), "length": tell("length in characters"), "turns": tell("earlier turns")}
    return facet.name or names[facet.kind]


def _looks(looks: int, found: int) -> str:
    if not found:
        return tell("%(looks)s comparisons, nothing significant.", looks=f"{looks:,}")
    return tell("%(looks)s comparisons, %(found)s significant.", looks=f"{looks:,}", found=f"{found:,}")
