"""A cheap model of the labels, for doubts about them: TF-IDF and logistic regression by stochastic gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.core import derive
from metier.data.auditing.finding import Row, View

MOST_ROWS = 30_000
"""Rows that are looked at; of more, so many drawn by the seed."""
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows with labels as numbers.

    Attributes:
        rows: N rows.
        labels: the label set, sorted, K labels; each has at least two rows.
        given: N label numbers.
        texts: N texts.
    """

    rows: tuple[Row, ...]
    labels: tuple[str, ...]
    given: NDArray[np.intp]
    texts: tuple[str, ...]


def labelled(view: View) -> Labelled | None:
    """The kept rows of labels with at least five rows; None where two such labels and 50 rows are not there."""
    kept = view.kept
    if len(kept) > MOST_ROWS:
        chosen = np.random.default_rng(derive(view.seed, "audit")).permutation(len(kept))[:MOST_ROWS]
        kept = [kept[place] for place in sorted(chosen.tolist())]
    names, counts = np.unique([row.target for row in kept], return_counts=True)
    frequent = {str(name) for name, count in zip(names, counts, strict=True) if count >= _FOLDS}
    rows = tuple(row for row in kept if row.target in frequent)
    if len(frequent) < 2 or len(rows) < 50:
        return None
    labels = tuple(sorted(frequent))
    number = {label: place for place, label in enumerate(labels)}
    given = np.array([number[row.target] for row in rows], dtype=np.intp)
    return Labelled(rows, labels, given, tuple(f"{row.turns}\n{row.input}" for row in rows))


def vectors(texts: Sequence[str]) -> tuple[Any, Any]:
    """TF-IDF of words and pairs of words (sparse, N x V), and the vectorizer."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=50_000, token_pattern=r"(?u)\w+"
    )
    try:
        return vectorizer.fit_transform(texts), vectorizer
    except ValueError:  # no word occurs twice
        return None, vectorizer


def fitted(features: Any, given: NDArray[np.intp], *, seed: int) -> Any:
    """Logistic regression, one label against the rest."""
    from sklearn.linear_model import SGDClassifier

    all_epochs: Any = None  # the stubs forget that a tolerance may be None
    model = SGDClassifier(loss="log_loss", alpha=2e-5, max_iter=8, tol=all_epochs, random_state=seed)
    return model.fit(features, given)


def out_of_fold(features: Any, given: NDArray[np.intp], labels: int, *, seed: int) -> NDArray[np.float64]:
    """Probability of each label for each row (N x K) by models that did not see the row; five folds, stratified."""
    from sklearn.model_selection import StratifiedKFold

    found = np.zeros((len(given), labels))
    for learnt, held in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(features, given):
        model = fitted(features[learnt], given[learnt], seed=seed)
        found[np.ix_(held, model.classes_)] = model.predict_proba(features[held])
    return found


def random_state(view: View) -> int:
    """What scikit-learn is seeded with."""
    return derive(view.seed, "audit") % 2**32
