"""Demonstrations like the question and unlike each other (MMR, Carbonell and Goldstein 1998), the most like one last.

Ten near copies of one row teach less than ten rows; Ye et al. 2023 (arXiv 2211.13892) found MMR better than
similarity alone for demonstrations.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np

from metier.core import Example
from metier.prompts.selection import Embed, is_own

RELEVANCE = 0.5
"""Weight of likeness to the question; the rest weighs likeness to what is shown already."""
SHORTLIST = 10
"""So many times ``count`` of the most similar rows are chosen among (at least 50)."""


def choose(
    pool: Sequence[Example], questions: Sequence[Example], *, count: int, seed: int, embed: Embed
) -> list[list[Example]]:
    """``count`` of ``pool`` by maximal marginal relevance, in ascending similarity to the question.

    A question's own row and rows of its group are never shown to it.
    """
    known = embed([example.input for example in pool])  # [P, D], unit rows
    asked = embed([question.input for question in questions])  # [Q, D]
    chosen: list[list[Example]] = []
    for question, similarities in zip(questions, asked @ known.T, strict=True):
        order = np.argsort(-similarities, kind="stable")
        allowed = (int(i) for i in order if not is_own(pool[i], question))
        near = list(islice(allowed, max(50, SHORTLIST * count)))
        picked = _by_marginal_relevance(similarities[near], known[near], count)
        chosen.append([pool[near[place]] for place in sorted(picked, reverse=True)])  # near is most similar first
    return chosen


def _by_marginal_relevance(relevance: Any, vectors: Any, count: int) -> list[int]:
    """Places of the chosen ones, in the order of choice.

    Args:
        relevance: similarity to the question, [S].
        vectors: unit rows, [S, D].
        count: how many at most.
    """
    picked: list[int] = []
    likeness = np.full(len(relevance), -np.inf)  # to the most similar one picked so far
    left = np.ones(len(relevance), dtype=bool)
    while left.any() and len(picked) < count:
        told = np.where(np.isneginf(likeness), 0.0, likeness)
        # Rounded, so that what is equal but for float noise (a question that is one of the rows) goes by similarity.
        score = np.round(RELEVANCE * relevance - (1 - RELEVANCE) * told, 5)
        best = int(np.argmax(np.where(left, score, -np.inf)))
        picked.append(best)
        left[best] = False
        likeness = np.maximum(likeness, vectors @ vectors[best])
    return picked
