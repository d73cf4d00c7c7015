"""Nested subsets of the training rows, for learning curves: each holds the smaller ones, label shares kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np


def nested_subsets(labels: Sequence[str], sizes: Sequence[int], *, seed: int) -> list[list[int]]:
    """Places of each subset, ascending; a subset of every larger one, so that curves differ by rows added alone.

    All rows stand in one order in which each label's rows are spread evenly; a subset is its beginning. The share of a
    label is kept to within a row. Deterministic.

    Args:
        labels: the label of each row; equal texts for a plain random sample.
        sizes: rows of each subset; all rows where there are not more.
        seed: from :func:`metier.core.derive`.

    >>> small, large = nested_subsets(["a", "b"] * 50, [10, 40], seed=0)
    >>> len(small), len(large), set(small) <= set(large)
    (10, 40, True)
    """
    random = np.random.default_rng(seed)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place in random.permutation(len(labels)).tolist():
        places[labels[int(place)]].append(int(place))
    ranked = [
        ((number + random.random()) / len(found), place)
        for _, found in sorted(places.items())
        for number, place in enumerate(found)
    ]
    order = [place for _, place in sorted(ranked)]
    return [sorted(order[:size]) for size in sizes]
