"""Which example brings a loss or a gradient that is not a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from metier.core.names import listed
from metier.training.rows import Row


def blame(rows: Sequence[Row], is_finite: Callable[[Row], bool], *, step: int, what: str) -> str:
    """Try every example alone, and say which ones are at fault.

    Args:
        rows: of the micro-batch, or of the step, in which it happened.
        is_finite: whether an example alone gives numbers.
        step: the optimiser step, from 1.
        what: ``loss`` or ``gradient``.

    Returns:
        the message for the user.
    """
    bad = [row.id for row in rows if not is_finite(row)]
    start = f"The {what} of step {step} is not a number"
    saved = "The last checkpoint is whole."
    if not bad:
        among = listed([row.id for row in rows], limit=5)
        return f"{start}, though each of its examples alone gives one: {among}. Lower weights.learning_rate. {saved}"
    if len(bad) == len(rows) > 1:
        return (
            f"{start}, for each of its {len(rows)} examples (the first is {bad[0]!r}): the weights have left the range "
            f"of numbers. Lower weights.learning_rate, or raise weights.warmup. {saved}"
        )
    who = f"example {bad[0]!r}" if len(bad) == 1 else f"{len(bad)} examples: {listed(bad, limit=5)}"
    others = len(rows) - len(bad)
    beside = f" (the {others} beside give numbers)" if others else ""
    return f"{start} because of {who}{beside}. Look at the data there, or lower weights.learning_rate. {saved}"
