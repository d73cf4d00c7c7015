"""How the choice was made, step by step, and from how many queries on another one would pay."""

from __future__ import annotations

from dataclasses import dataclass

from metier.comparison.report.reading import BreakEven, Run, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The section: the steps of the rule, and the break-even volumes."""

    steps: tuple[Step, ...]
    break_even: tuple[BreakEven, ...]


def view(run: Run) -> Choice | None:
    """The steps; None where neither they nor break-even volumes were noted."""
    board = run.board
    return Choice(steps=board.steps, break_even=board.break_even) if board.steps or board.break_even else None
