"""TF-IDF with ridge regression: the words are counted for real, one fit is timed."""

from __future__ import annotations

import time

import numpy as np

from metier.approaches.estimating import Bench, Estimate, some_of
from metier.approaches.floors.constant import numbers_in
from metier.approaches.floors.linear import vectoriser
from metier.approaches.kinds.ridge import FOLDS, STRENGTHS, fit_ridge
from metier.approaches.settings import ApproachSettings

_VECTORS = 6
"""Arrays of the size of the weights that a fit keeps, in float64."""


def estimate(settings: ApproachSettings, bench: Bench) -> Estimate:
    """A fit for each strength and part, on as many rows but those of the part, and one with the best."""
    rows, share = some_of(bench.known.train)
    begun = time.perf_counter()
    vectors = vectoriser().fit_transform([row.input for row in rows])
    counting = (time.perf_counter() - begun) / share
    begun = time.perf_counter()
    fit_ridge(vectors, np.array(numbers_in(rows)), 1.0)
    fitting = (time.perf_counter() - begun) / share
    words = vectors.shape[1] / share**0.7  # words grow slower than text (Heaps' law)
    return Estimate(
        memory={"process": bench.floor, "regression": 8.0 * _VECTORS * words},
        build={"count words": (FOLDS + 1) * counting, "fit": (FOLDS * len(STRENGTHS) + 1) * fitting},
        answer={"test rows": 2 * counting / max(len(bench.known.train), 1) * bench.known.test},
    )
