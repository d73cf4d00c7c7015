"""Whether a training ended while it was still getting better: what it scores is then no verdict on the method."""

from __future__ import annotations

from statistics import fmean

from metier.core.records import TrainingCurve
from metier.core.said import Said

_VALIDATION = 0.05
"""The last epoch took at least this share off the loss on validation, though the rate had fallen to nothing."""
_TRAINING = 0.15
"""Without two validations: the last quarter's loss lies at least this share below that of the quarter before."""
_POINTS = 8


def still_falling(curve: TrainingCurve) -> str:
    """A sentence on a training that ran to its end and would have gone on learning; empty for others.

    >>> still_falling(TrainingCurve(validation_steps=(5, 10), validation_losses=(1.0, 0.8), best_step=10)).split(":")[0]
    'The loss on validation was still falling when the training ended (1.000 to 0.800 in its last epoch)'
    >>> still_falling(TrainingCurve(validation_steps=(5, 10), validation_losses=(1.0, 0.99), best_step=10))
    ''
    """
    found = curve.validation_losses
    if len(found) > 1:
        before, last = found[-2:]
        if not 0 < last <= (1 - _VALIDATION) * before or last > min(found):
            return ""
        told = (
            "The loss on validation was still falling when the training ended (%(before)s to %(last)s in its last "
            "epoch): more epochs (weights.epochs) may do better."
        )
        return Said(told, before=f"{before:.3f}", last=f"{last:.3f}")
    losses = curve.losses
    if len(losses) < _POINTS or min(losses) < 0:
        return ""
    quarter = len(losses) // 4
    before, last = fmean(losses[-2 * quarter : -quarter]), fmean(losses[-quarter:])
    if last > (1 - _TRAINING) * before:
        return ""
    told = (
        "The loss was still falling when the training ended (%(before)s to %(last)s in its last quarter): more epochs "
        "(weights.epochs) may do better."
    )
    return Said(told, before=f"{before:.3f}", last=f"{last:.3f}")
