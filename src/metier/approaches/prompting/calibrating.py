"""Calibration of a prompted System's label scores on validation."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np

from metier.approaches.prompting.asking import PromptedSystem
from metier.core import Example, derive
from metier.prompts import CONTENT_FREE, Calibration, fit

ROWS = 200
"""Validation rows that label scores are calibrated on, at most."""


def calibrate(system: PromptedSystem, validation: Sequence[Example]) -> Calibration:
    """Fit what the settings ask for; for ``classify`` only."""
    chosen = list(validation)
    if len(chosen) > ROWS:
        chosen = Random(derive(system.resources.seed, "calibration")).sample(chosen, ROWS)
    scores = system.label_scores(chosen, label="calibrate")
    targets = np.array([system.task.labels.index(example.target or "") for example in chosen])
    method, nothing = system.settings.calibrate, None
    if method in ("auto", "contextual"):
        empty = [Example(id=f"content-free {i}", input=text) for i, text in enumerate(CONTENT_FREE)]
        nothing = system.label_scores(empty, label="calibrate")
    return fit(scores, targets, method=method, content_free=nothing)
