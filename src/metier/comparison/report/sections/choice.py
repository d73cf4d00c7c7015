"""Why these were compared, how the choice was made, and from how many queries on another one would pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metier.comparison.report.figures import figure
from metier.comparison.report.phrases import metric
from metier.comparison.report.reading import BreakEven, Run, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The section.

    Attributes:
        panel: why a panel was chosen as it was.
        steps: of the rule, as far as there was something to decide.
        idle: what the further steps ask for, where one approach was left before them.
        break_even: the volumes.
        quality: what each approach scored, for print: who pays less may get less.
        metric: what it was scored by.
    """

    panel: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    idle: tuple[str, ...]
    break_even: tuple[BreakEven, ...]
    quality: Mapping[str, str]
    metric: str


def view(run: Run) -> Choice | None:
    """The steps; None where neither they nor break-even volumes were noted."""
    board = run.board
    if not board.steps and not board.break_even:
        return None
    decided = next((place for place, step in enumerate(board.steps) if len(step.kept) < 2), len(board.steps))
    return Choice(
        panel=run.panel,
        steps=board.steps[: decided + 1],
        idle=tuple(step.rule for step in board.steps[decided + 1 :]),
        break_even=board.break_even,
        quality={item.name: figure(run.quality(item).value) for item in run.finished},
        metric=metric(board.primary),
    )
