"""Why these were compared, how the choice was made, and from how many queries on another one would pay."""

from __future__ import annotations

from dataclasses import dataclass

from metier.comparison.report.reading import BreakEven, Run, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The section: why a panel was chosen as it was, the steps of the rule, and the break-even volumes."""

    panel: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    break_even: tuple[BreakEven, ...]


def view(run: Run) -> Choice | None:
    """The steps; None where neither they nor break-even volumes were noted."""
    board = run.board
    if not board.steps and not board.break_even:
        return None
    return Choice(panel=run.panel, steps=board.steps, break_even=board.break_even)
