"""Fewer rows with the same share of each label: for ``data.max_rows``."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np


def subsample(labels: Sequence[str], size: int, *, seed: int) -> list[int]:
    """Places of ``size`` rows, ascending, each label's share kept to within a row.

    Every label keeps at least one row where ``size`` allows it. Deterministic.

    Args:
        labels: the label of each row; equal texts for a plain random sample.
        size: rows to keep; all where there are not more.
        seed: from :func:`metier.core.derive`.

    >>> subsample(["a", "a", "a", "a", "b", "b"], 3, seed=0).__len__()
    3
    """
    if len(labels) <= size:
        return list(range(len(labels)))
    random = np.random.default_rng(seed)
    places: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
    for place, label in enumerate(labels):
        places[label].append(place)
    found = quotas({label: len(found) for label, found in sorted(places.items())}, size)
    chosen: list[int] = []
    for label, quota in found.items():
        order = random.permutation(len(places[label]))[:quota].tolist()
        chosen += [places[label][item] for item in order]
    return sorted(chosen)


def quotas(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """Rows for each label by the largest remainder, at least one each where there is room."""
    total = sum(counts.values())
    floor = 1 if size >= len(counts) else 0
    exact = {label: count * size / total for label, count in counts.items()}
    found = {label: max(floor, int(share)) for label, share in exact.items()}
    while (missing := size - sum(found.values())) != 0:
        step = 1 if missing > 0 else -1
        movable = [label for label in counts if floor <= found[label] + step <= counts[label]]
        # The label that is furthest from its exact share on the wrong side; of equals the first by name.
        found[max(movable, key=lambda label: step * (exact[label] - found[label]))] += step
    return found
