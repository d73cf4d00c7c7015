"""Trainings that ended too early are told from those that were done."""

import pytest

from metier.core import TrainingCurve
from metier.core.short_training import still_falling

FALLING = tuple(2.0 * 0.9**step for step in range(16))


@pytest.mark.parametrize(
    ("validation", "losses", "told"),
    [
        ((1.0, 0.9), (), "validation was still falling when the training ended (1.000 to 0.900"),
        ((1.0, 0.96), (), ""),
        ((1.0, 0.5, 0.6), FALLING, ""),
        ((0.4, 0.6, 0.5), FALLING, ""),
        ((-0.2, -0.4), FALLING, ""),
        ((0.7,), FALLING, "loss was still falling when the training ended"),
        ((), FALLING[:7], ""),
        ((), (0.5,) * 16, ""),
        ((), tuple(-one for one in FALLING[::-1]), ""),
        ((), (), ""),
    ],
)
def test_what_still_falls(validation: tuple[float, ...], losses: tuple[float, ...], told: str) -> None:
    steps = tuple(range(1, len(validation) + 1))
    curve = TrainingCurve(losses=losses, validation_steps=steps, validation_losses=validation)
    found = still_falling(curve)
    assert told in found
    assert bool(found) == bool(told)
