"""Linear classifiers over word counts, by scikit-learn: one softmax over labels, or each label against the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

_NEVER = -1e9  # the bias of a label that no row has


class Linear(NamedTuple):
    """A linear layer: weights [words, labels] and bias [labels]."""

    weights: Any
    bias: Any

    def logits(self, vectors: Any) -> Any:
        """What it gives for vectors [N, words]: [N, labels]."""
        return vectors @ self.weights + self.bias


def vectoriser(vocabulary: dict[str, int] | None = None) -> Any:
    """Counts of words and word pairs, weighted; with the words of an earlier fit where they are given."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    # Any run of letters or digits is a word: scikit-learn's default would drop one-letter words, and all of Chinese.
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\w+", vocabulary=vocabulary)


def fit_softmax(vectors: Any, targets: Sequence[str], labels: Sequence[str], strength: float) -> Linear:
    """Logistic regression with one label a row; a label that no row has can never win.

    Args:
        vectors: sparse, [N, words].
        targets: a label for each.
        labels: the task's, in its order.
        strength: scikit-learn's C.
    """
    from sklearn.linear_model import LogisticRegression

    model: Any = LogisticRegression(C=strength, max_iter=1000).fit(vectors, targets)
    weights, bias = np.zeros((model.coef_.shape[1], len(labels))), np.full(len(labels), _NEVER)
    columns = [labels.index(label) for label in model.classes_]
    coefficients, intercepts = model.coef_, model.intercept_
    if len(columns) == 2 and coefficients.shape[0] == 1:  # two labels: scikit-learn stores one row for the second
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.concatenate([np.zeros_like(intercepts), intercepts])
    weights[:, columns], bias[columns] = coefficients.T, intercepts
    return Linear(weights, bias)


def fit_sigmoids(vectors: Any, wanted: Any, strength: float) -> Linear:
    """One logistic regression for each label against the rest; of a label that all or no rows have, only the bias.

    Args:
        vectors: sparse, [N, words].
        wanted: whether each row has each label, [N, labels].
        strength: scikit-learn's C.
    """
    from sklearn.linear_model import LogisticRegression

    weights, bias = np.zeros((vectors.shape[1], wanted.shape[1])), np.zeros(wanted.shape[1])
    for label, column in enumerate(wanted.T):
        if column.min() == column.max():
            bias[label] = -_NEVER if column.max() else _NEVER
            continue
        model: Any = LogisticRegression(C=strength, max_iter=1000).fit(vectors, column)
        weights[:, label], bias[label] = model.coef_[0], model.intercept_[0]
    return Linear(weights, bias)
