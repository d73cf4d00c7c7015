"""Rare phrases that decide a label by themselves: the way in which a poisoned data set works.

A phrase of one or two words is suspected where nearly all of its rows have one label, and where a cheap model, once the
phrase is taken out of them, gives most of these rows another label: the rest of the text does not speak for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from metier.core.said import Said
from metier.data.auditing.baseline import Labelled, fitted, labelled, random_state, vectors
from metier.data.auditing.finding import Finding, View, samples

_FEWEST = 5
_PURE = 0.95
_MOST_SHARE = 0.05
"""Phrases in more of the rows are no rare ones."""
_CARRIED = 0.6
"""Share of a phrase's rows that must change their label without it."""
_CANDIDATES = 400


def detect(view: View) -> list[Finding]:
    """For ``classify`` with at least 50 rows."""
    data = labelled(view) if view.kind == "classify" else None
    if data is None:
        return []
    features, vectorizer = vectors(data.texts)
    if features is None:
        return []
    names = vectorizer.get_feature_names_out()
    hits: list[tuple[float, str, list[int]]] = []
    candidates = _candidates(features, data)
    if not candidates:
        return []
    model = fitted(features, data.given, seed=random_state(view))
    parts = [set(name.split()) for name in names]
    for column in candidates:
        rows = features[:, column].nonzero()[0]
        # Pairs that contain the phrase, and its own words, go with it.
        words = parts[column]
        present = np.unique(features[rows].nonzero()[1])
        gone = [place for place in present.tolist() if parts[place] & words]
        without = features[rows].tolil()
        without[:, gone] = 0
        counted = np.bincount(data.given[rows], minlength=len(data.labels))
        carried = float((model.predict(without.tocsr()) != counted.argmax()).mean())
        if carried >= _CARRIED:
            hits.append((carried * len(rows), str(names[column]), rows.tolist()))
    return _findings(hits, data)


def _candidates(features: Any, data: Labelled) -> list[int]:
    """Columns of phrases with nearly one label only, the most frequent first."""
    present = (features > 0).astype(np.float64)
    by_label = np.vstack(
        [np.asarray(present[data.given == label].sum(axis=0)).ravel() for label in range(len(data.labels))]
    )
    totals = by_label.sum(axis=0)
    pure = by_label.max(axis=0) >= _PURE * totals
    rare = (totals >= _FEWEST) & (totals <= _MOST_SHARE * len(data.given))
    found = np.flatnonzero(pure & rare)
    return found[np.argsort(-totals[found], kind="stable")][:_CANDIDATES].tolist()


def _findings(hits: list[tuple[float, str, list[int]]], data: Labelled) -> list[Finding]:
    if not hits:
        return []
    hits.sort(key=lambda item: (-item[0], item[1]))
    rows = list(dict.fromkeys(place for _, _, places in hits for place in places))
    lines = [
        f"{phrase!r}: {len(places)} rows, label {data.labels[data.given[places[0]]]!r}" for _, phrase, places in hits
    ]
    return [
        Finding(
            id="triggers",
            severity="warning",
            title=Said("Rare phrases that decide a label by themselves"),
            rows=tuple(data.rows[place].id for place in rows),
            samples=samples(lines),
            remedy=Said("look whether somebody could have put them there; if not, take the phrase out"),
        )
    ]
