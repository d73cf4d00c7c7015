"""What a model as judge said: ``judge.json``."""

from __future__ import annotations

from dataclasses import dataclass

from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.leaderboard_file import score
from metier.comparison.report.reading.values import mapping, number, text, whole
from metier.core import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judge's word on two approaches.

    Attributes:
        model: the judge.
        first: the approach that it was asked about.
        second: the one it was compared with.
        criterion: what makes an answer better.
        rows: test rows judged.
        wins, losses, ties: of the first.
        share: of rows that the first won, ties counting half, with its interval.
        unsteady: rows on which the judge changed its mind when the answers changed places.
        not_understood: rows on which it answered something else than was asked for.
        people: comparisons of people that it was asked too; 0: none.
        agreed: the share of those on which it agreed; None where there were none.
        kappa: Cohen's kappa of that; None where it says nothing.
    """

    model: str
    first: str
    second: str
    criterion: str
    rows: int
    wins: int
    losses: int
    ties: int
    share: Score
    unsteady: int
    not_understood: int
    people: int
    agreed: Score | None
    kappa: float | None


def read_judged(folder: RunFolder) -> Judged | None:
    """The judge's word; None where there was none, or the file is damaged."""
    raw = folder.json("judge.json")
    share, people = score(raw.get("share")), mapping(raw.get("people"))
    rows = whole(raw.get("rows"))
    if share is None or rows < 1:
        return None
    return Judged(
        model=text(raw.get("model")),
        first=text(raw.get("first")),
        second=text(raw.get("second")),
        criterion=text(raw.get("criterion")),
        rows=rows,
        wins=whole(raw.get("wins")),
        losses=whole(raw.get("losses")),
        ties=whole(raw.get("ties")),
        share=share,
        unsteady=whole(raw.get("unsteady")),
        not_understood=whole(raw.get("not_understood")),
        people=whole(people.get("rows")),
        agreed=score(people.get("agreed")),
        kappa=number(people.get("kappa")),
    )
