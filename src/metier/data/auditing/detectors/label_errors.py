"""Labels that are probably wrong, by confident learning (Northcutt et al., 2021, "Confident Learning").

Probabilities come from TF-IDF models that did not see the row. A label is doubted where another label is more probable
than rows of that other label usually give it, and the row's own label has less than half of that.
"""

from __future__ import annotations

import numpy as np

from metier.core.said import Said
from metier.data.auditing.baseline import labelled, out_of_fold, random_state, vectors
from metier.data.auditing.finding import Finding, View, samples

_RATIO = 0.5
_POOR = 0.5
"""Share of rows that the cheap model must get right, for its doubts to be worth anything."""


def detect(view: View) -> list[Finding]:
    """For ``classify`` with at least 50 rows and a cheap model that is right on half of them."""
    data = labelled(view) if view.kind == "classify" else None
    if data is None:
        return []
    seed = random_state(view)
    features, _ = vectors(data.texts)
    if features is None:
        return []
    scores = out_of_fold(features, data.given, len(data.labels), seed=seed)
    best = scores.argmax(axis=1)
    if float((best == data.given).mean()) < max(_POOR, 1.5 / len(data.labels)):
        return []
    places = np.arange(len(data.given))
    own, other = scores[places, data.given], scores[places, best]
    usual = np.array([own[data.given == label].mean() for label in range(len(data.labels))])
    doubted = np.flatnonzero((best != data.given) & (other >= usual[best]) & (own < _RATIO * other))
    if not len(doubted):
        return []
    order = doubted[np.argsort(own[doubted] - other[doubted], kind="stable")].tolist()
    lines = [
        f"{data.rows[place].id}: {data.labels[data.given[place]]!r}, perhaps {data.labels[best[place]]!r}:"
        f" {data.rows[place].input[:80]}"
        for place in order
    ]
    return [
        Finding(
            id="label_errors",
            severity="warning",
            title=Said("Labels that are probably wrong"),
            rows=tuple(data.rows[place].id for place in order),
            samples=samples(lines),
            remedy=Said("look at these rows, the most doubtful stand first"),
        )
    ]
