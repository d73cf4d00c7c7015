"""Models that graded single answers: what they were asked for, what they left open, and what that took."""

from __future__ import annotations

from dataclasses import dataclass

from metier.comparison.report.language import tell
from metier.comparison.report.phrases import listing
from metier.comparison.report.reading import Run
from metier.comparison.report.reading.leaderboard import Grader


@dataclass(frozen=True, slots=True, kw_only=True)
class Graders:
    """The section.

    Attributes:
        rows: each grader with what its measure is, in words.
        has_prices: whether any cost is known.
    """

    rows: tuple[tuple[Grader, str], ...]
    has_prices: bool


def view(run: Run) -> Graders | None:
    """The graders; None where there were none."""
    found = run.board.graders
    if not found:
        return None
    return Graders(
        rows=tuple((grader, _measure(grader)) for grader in found),
        has_prices=any(grader.cost is not None for grader in found),
    )


def _measure(grader: Grader) -> str:
    """What a grader's figure is the share of."""
    if grader.passing:
        return tell("share of answers that it calls %(labels)s", labels=listing(grader.passing))
    lowest, highest = f"{grader.lowest or 0:g}", f"{1 if grader.highest is None else grader.highest:g}"
    if grader.threshold is not None:
        told = "share of answers that score at least %(threshold)s, of %(low)s to %(high)s"
        return tell(told, threshold=f"{grader.threshold:g}", low=lowest, high=highest)
    return tell("mean score, as a share of %(low)s to %(high)s", low=lowest, high=highest)
