"""Mixes sources by weight: the training rows of weighted sources stand in the proportion of their weights."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from metier.core import derive
from metier.core.said import Said
from metier.data.ledger import Ledger


def mix(
    ledger: Ledger, weights: Mapping[str, float | None], *, seed: int, temperature: float | None = None
) -> list[str]:
    """Leave out training rows until the sources with a weight are in proportion; returns what is to be said.

    The source that has fewest rows for its weight is used as a whole; no row is used twice. Validation and test rows
    stay as they are.

    Args:
        ledger: with splits.
        weights: source name to weight; sources without one keep all their rows.
        seed: the run's seed.
        temperature: weighs every source by its rows to the power of 1 / temperature. None: ``weights`` do.
    """
    if temperature is None and all(weight is None for weight in weights.values()):
        return []
    rows: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
    for index in ledger.kept("train"):
        rows[ledger.entries[index].file].append(index)
    if temperature is not None:
        weights = {name: len(rows[name]) ** (1 / temperature) for name in weights if rows[name]}
    wanted = {name: weight for name, weight in weights.items() if weight is not None and rows[name]}
    if not wanted:
        return []
    unit = min(len(rows[name]) / weight for name, weight in wanted.items())
    said: list[str] = []
    for name, weight in wanted.items():
        keep = max(1, round(unit * weight))
        order = np.random.default_rng(derive(seed, f"mix {name}")).permutation(len(rows[name]))[keep:].tolist()
        for place in sorted(order):
            ledger.mark(rows[name][place], "left_out", f"beyond the weight {weight:g} of {name}; drawn by the seed")
        number = min(keep, len(rows[name]))
        told = "%(n)s of %(all)s training rows of %(name)s (weight %(weight)s)"
        all_rows = f"{len(rows[name]):,}"
        said.append(Said(told, n=f"{number:,}", all=all_rows, name=repr(name), weight=f"{weight:g}"))
    return [Said("Mixed by weight: %(parts)s.", parts=tuple(said))]
