"""Several tasks by one encoder: each row is learnt by its own task's loss, from its own task's outputs of one head."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.objective import OBJECTIVES, Objective
from metier.training.paradigms.parts import OfPart, Part
from metier.training.rows import Row


def loss(
    module: Any,
    rows: Sequence[Row],
    *,
    pad: int,
    device: str,
    layout: Layout,
    parts: Sequence[Part],
    smoothing: float = 0.0,
) -> tuple[Any, float]:
    """The sums of the losses of all tasks, and of their weights; rows of a task go through the model together.

    ``parts`` says by what and from where the rows with each number in ``Row.part`` are learnt.
    """
    total, weight = 0.0, 0.0
    for number, part in enumerate(parts):
        own = [row for row in rows if row.part == number]
        if own:
            smoothed = {"smoothing": smoothing} if smoothing else {}
            objective: Objective = partial(OBJECTIVES.get(part.objective), **smoothed)
            summed, counted = objective(OfPart(module, part), own, pad=pad, device=device, layout=layout)
            total, weight = total + summed, weight + counted
    return total, weight
