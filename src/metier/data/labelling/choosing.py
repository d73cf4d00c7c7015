"""Which rows to label next: those that the model is unsure of, that approaches disagree about, or unlike all others.

Legend: ``N`` rows, ``K`` labels, ``A`` approaches, ``D`` width of a vector.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import combinations
from math import log
from typing import Any

import numpy as np

_COMPARED = 400
"""Characters of two texts that are compared: what matters comes first, and comparing takes quadratic time."""


def uncertainty(probabilities: Any) -> Any:
    """1 less the margin between the two most probable labels (Scheffer et al. 2001), [N]; 1: a tie.

    Args:
        probabilities: of the labels, [N, K], K at least 1.

    >>> uncertainty([[0.9, 0.1], [0.5, 0.5]]).tolist()
    [0.2, 1.0]
    """
    ordered = np.sort(np.asarray(probabilities, dtype=float), axis=1)[:, ::-1]
    second = ordered[:, 1] if ordered.shape[1] > 1 else np.zeros(len(ordered))
    return np.round(1 - (ordered[:, 0] - second), 12)


def disagreement(answers: Sequence[Sequence[str]], *, labels: bool) -> Any:
    """How far approaches differ about each row, [N], from 0 (all say the same) to 1.

    Labels: entropy of the votes (query by committee; Dagan and Engelson 1995), over that of votes that all differ.
    Texts: 1 less the mean likeness of two answers (matching characters in order).

    Args:
        answers: of A approaches, each N answers; A at least 2.
        labels: whether answers are labels.

    >>> disagreement([["a", "a"], ["a", "b"]], labels=True).tolist()
    [0.0, 1.0]
    """
    measure = _vote_entropy if labels else _unlikeness
    return np.array([measure(row) for row in zip(*answers, strict=True)])


def _vote_entropy(votes: Sequence[str]) -> float:
    shares = [count / len(votes) for count in Counter(votes).values()]
    return sum(-share * log(share) for share in shares) / log(len(votes))


def _unlikeness(texts: Sequence[str]) -> float:
    pairs = [
        1.0 if one == other else SequenceMatcher(None, one[:_COMPARED], other[:_COMPARED], autojunk=False).ratio()
        for one, other in combinations(texts, 2)
    ]
    return 1 - sum(pairs) / len(pairs)


def farthest_first(vectors: Any, known: Any, *, count: int) -> list[int]:
    """Rows that lie far from what is labelled and from each other, farthest first (k-centre; Sener and Savarese 2018).

    Args:
        vectors: unit rows to choose from, [N, D].
        known: unit rows that are labelled, [M, D]; may have no row.
        count: how many at most.

    Returns:
        places in ``vectors``, in the order of choice.
    """
    vectors = np.asarray(vectors, dtype=np.float32)
    likeness = np.full(len(vectors), -1.0, dtype=np.float32)  # to the most similar labelled or chosen row
    known = np.asarray(known, dtype=np.float32).reshape(-1, vectors.shape[1])
    for start in range(0, len(known), 4096):
        likeness = np.maximum(likeness, (vectors @ known[start : start + 4096].T).max(axis=1))
    if not len(known) and len(vectors):  # nothing is labelled: begin in the middle
        likeness = -(vectors @ vectors.mean(axis=0))
        first = int(np.argmin(likeness))
        likeness = np.full(len(vectors), -1.0, dtype=np.float32)
        likeness[first] = -2.0
    chosen: list[int] = []
    left = np.ones(len(vectors), dtype=bool)
    while left.any() and len(chosen) < count:
        best = int(np.argmin(np.where(left, likeness, np.inf)))
        chosen.append(best)
        left[best] = False
        likeness = np.maximum(likeness, vectors @ vectors[best])
    return chosen


def ranked(*scores: Any) -> Any:
    """Several measures of one row as one, [N]: the mean of its ranks, from 0 (least) to 1; equal values share a rank.

    Args:
        scores: [N] each; at least one.
    """
    from scipy.stats import rankdata

    ranks = [(rankdata(score) - 1) / max(1, len(score) - 1) for score in scores]
    return np.mean(ranks, axis=0)
