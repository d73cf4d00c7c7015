"""TF-IDF with logistic regression: the words are counted for real, a few steps of the regression are timed."""

from __future__ import annotations

import time
import warnings

from metier.approaches.estimating import Bench, Estimate, some_of
from metier.approaches.floors.linear import vectoriser
from metier.approaches.kinds.tfidf import STRENGTHS
from metier.approaches.settings import ApproachSettings
from metier.core.tasks import form_of

_TIMED, _STEPS = 5, 60
"""Steps of L-BFGS that are timed, and that a fit takes on average over the strengths."""
_VECTORS = 24
"""Arrays of the size of the weights that L-BFGS keeps, in float64."""


def estimate(settings: ApproachSettings, bench: Bench) -> Estimate:
    """One fit a strength, and one with the best."""
    from sklearn.linear_model import LogisticRegression

    known = bench.known
    one = form_of(known.task.kind).chooses  # sets of labels: a fit for each, of yes and no
    rows, share = some_of(known.train)
    begun = time.perf_counter()
    vectors = vectoriser().fit_transform([row.input for row in rows])
    counting = time.perf_counter() - begun
    begun = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged: it was not to
        LogisticRegression(max_iter=_TIMED).fit(vectors, [row.target if one else i % 2 for i, row in enumerate(rows)])
    step = (time.perf_counter() - begun) / _TIMED / share * (1 if one else len(known.task.labels))
    words = vectors.shape[1] / share**0.7  # words grow slower than text (Heaps' law)
    return Estimate(
        memory={"process": bench.floor, "regression": 8.0 * _VECTORS * words * len(known.task.labels)},
        build={"count words": 2 * counting / share, "fit": (len(STRENGTHS) + 1) * _STEPS * step},
        answer={"test rows": 2 * counting / len(rows) * known.test},
    )
