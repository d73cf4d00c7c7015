"""Which rows to learn from where not all can be: those that are hard to tell apart, found without a large model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from metier.core import derive
from metier.data.auditing.baseline import vectors
from metier.data.dividing.thinning import quotas

_FOLDS = 5


def most_difficult(texts: Sequence[str], labels: Sequence[str], size: int, *, seed: int) -> list[int]:
    """Places of ``size`` rows, ascending: of each label its share, rows nearest to the border with other labels first.

    Near the border is where a model that did not see the row (TF-IDF, logistic regression, five folds) gives its label
    and the most probable other one about the same probability. Rows that it takes for another label with confidence, as
    it does where labels are wrong, lie far from the border too, and are no sooner chosen than easy ones (the ambiguous
    region of dataset cartography; Swayamdipta et al. 2020, arXiv 2009.10795). Rows of labels with fewer than five rows
    are not judged and come first. Deterministic.

    Args:
        texts: N inputs.
        labels: their labels.
        size: rows to keep; all where there are not more.
        seed: the run's.
    """
    if len(texts) <= size:
        return list(range(len(texts)))
    distance = _from_the_border(texts, labels, seed=seed)
    ranked = sorted(range(len(texts)), key=lambda place: (distance[place], place))
    left = quotas(dict(sorted(Counter(labels).items())), size)
    chosen: list[int] = []
    for place in ranked:
        if left[labels[place]] > 0:
            left[labels[place]] -= 1
            chosen.append(place)
    return sorted(chosen)


def _from_the_border(texts: Sequence[str], labels: Sequence[str], *, seed: int) -> list[float]:
    """How far each row's label is from being a tie with the most probable other one, 0 to 1; 0 where nobody knows."""
    counts = Counter(labels)
    judged = [place for place, label in enumerate(labels) if counts[label] >= _FOLDS]
    names = sorted({labels[place] for place in judged})
    found = [0.0] * len(texts)
    features = vectors([texts[place] for place in judged])[0] if len(names) > 1 else None
    if features is None:
        return found
    given = np.array([names.index(labels[place]) for place in judged], dtype=np.intp)
    shares = _out_of_fold(features, given, seed=derive(seed, "difficulty") % 2**32)
    rows = np.arange(len(judged))
    own = shares[rows, given].copy()
    shares[rows, given] = -1.0
    for place, distance in zip(judged, np.abs(own - shares.max(axis=1)).tolist(), strict=True):
        found[place] = distance
    return found


def _out_of_fold(features: Any, given: Any, *, seed: int) -> Any:
    """Probability of each label by models that did not see the row, [N, labels].

    The audit's quicker model will not do: it is certain of nearly every row, and what is certain lies near no border.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    model = LogisticRegression(C=1.0, max_iter=300)
    return cross_val_predict(model, features, given, cv=folds, method="predict_proba")
