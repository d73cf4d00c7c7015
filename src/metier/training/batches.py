"""Which rows make an optimiser step, and how a step becomes micro-batches: the seam behind which batching changes."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from metier.core import derive
from metier.training.rows import Row


def steps_of_epoch(num_rows: int, *, batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """Row indices of each optimiser step of an epoch: a fresh shuffle by ``seed`` and ``epoch``, cut into runs.

    The last step may be smaller; no row is left out and none comes twice.
    """
    order = list(range(num_rows))
    Random(derive(seed, "order", epoch)).shuffle(order)
    return [order[start : start + batch_size] for start in range(0, num_rows, batch_size)]


def micro_batches(rows: Sequence[Row], indices: Sequence[int], *, max_tokens: int) -> list[list[Row]]:
    """The rows at ``indices`` in groups of similar length, of at most ``max_tokens`` with padding (or of one row)."""
    chosen = sorted((rows[i] for i in indices), key=lambda row: (-len(row.ids), row.id))
    groups: list[list[Row]] = []
    for row in chosen:
        if not groups or (len(groups[-1]) + 1) * len(groups[-1][0].ids) > max_tokens:
            groups.append([])
        groups[-1].append(row)
    return groups
