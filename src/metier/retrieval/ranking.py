"""Exact ranking over rows that a filter has chosen: inner products, and BM25 from the chosen rows alone.

Legend: ``N`` rows of the store, ``R`` chosen rows, ``D`` width of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

_BLOCK = 4096
"""Rows that are scored at a time: a gathered block stays in the processor's cache."""
SATURATION, LENGTH = 1.2, 0.75
"""BM25's k1 and b, as in Robertson and Zaragoza 2009."""


class Top(NamedTuple):
    """Places in the chosen rows and their scores, best first."""

    places: Any
    scores: Any


class Among(NamedTuple):
    """What BM25 knows of all rows that a caller may read.

    Attributes:
        rows: how many.
        average: words of a row.
    """

    rows: int
    average: float


def inner_products(take: Callable[[Any], Any], rows: Any, vector: Any) -> Any:
    """Inner products of the vectors of ``rows`` with ``vector``, float32 [R].

    Rows are gathered block by block even where all are chosen, so that a score depends on nothing but chosen rows: not
    by one bit.

    Args:
        take: gives the vectors of some rows, float32 [some, D]; a block at a time is all that is held.
        rows: places of the chosen rows, ascending, int64 [R].
        vector: float32 [D].
    """
    scores = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        scores[start : start + _BLOCK] = take(rows[start : start + _BLOCK]) @ vector
    return scores


def bm25(postings: Sequence[tuple[Any, Any]], lengths: Any, among: Among | None = None) -> Any:
    """BM25 scores of the chosen rows, float64 [R].

    Args:
        postings: for each word of the question, the places of the chosen rows that hold it and how often they do.
        lengths: words of each chosen row, [R].
        among: where rows that hold none of the words were left out before: the statistics with them. None: none were.
    """
    scores = np.zeros(len(lengths))
    if not len(lengths):
        return scores
    count, average = among or Among(len(lengths), float(lengths.mean()))
    weight = SATURATION * (1 - LENGTH + LENGTH * lengths / max(average, 1.0))
    for places, frequencies in postings:
        rarity = np.log1p((count - len(places) + 0.5) / (len(places) + 0.5))
        scores[places] += rarity * frequencies * (SATURATION + 1) / (frequencies + weight[places])
    return scores


def top(scores: Any, k: int, *, above: float = -np.inf) -> Top:
    """The ``k`` highest scores over ``above``; equal ones in the order of their places."""
    places = np.flatnonzero(scores > above)
    if len(places) > k:
        least = np.partition(scores[places], len(places) - k)[len(places) - k]
        places = places[scores[places] >= least]
    order = np.argsort(-scores[places], kind="stable")[:k]
    return Top(places[order], scores[places][order])
