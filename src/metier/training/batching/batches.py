"""Which rows make an optimiser step, and how a step becomes micro-batches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Literal

from metier.core import derive
from metier.models.trees.forest import MIN_SHARED, common
from metier.training.rows import Row

Layout = Literal["tree", "chain", "padded", "unpadded"]
"""How rows lie in a micro-batch: packed with shared starts computed once, packed one by one, padded, or padded for an
encoder that computes no padding."""
Order = Literal["grouped", "shuffled", "given"]
"""How an epoch is ordered: see :func:`epoch_order`."""
TOGETHER = 64
"""Rankings of an optimiser step are never divided up to this many: each one's texts are wrong ones for the others."""
_GROUP_TOKENS = 32
"""Rows are kept together where they share at least this many tokens beyond what all share, and half of the shorter."""


def epoch_order(groups: Sequence[Sequence[int]], *, order: Order, seed: int, epoch: int) -> list[int]:
    """Row indices in the order of an epoch; each row comes once.

    ``shuffled`` draws every epoch anew by ``seed`` and ``epoch``. ``grouped`` shuffles the groups and the rows within
    each, but leaves a group together: a document with its questions is then computed once. ``given`` is the order of
    the data.

    Args:
        groups: row indices that :func:`groups_of` puts together.
        order: as above.
        seed: of the training.
        epoch: from 0.
    """
    if order == "given":
        return sorted(i for group in groups for i in group)
    random = Random(derive(seed, "order", epoch))
    if order == "shuffled":
        flat = sorted(i for group in groups for i in group)
        random.shuffle(flat)
        return flat
    shuffled = [list(group) for group in groups]
    random.shuffle(shuffled)
    for group in shuffled:
        random.shuffle(group)
    return [i for group in shuffled for i in group]


def groups_of(rows: Sequence[Row], *, at_most: int) -> list[list[int]]:
    """Row indices in groups that share long starts beyond the one that all rows share; groups of one for the others.

    Args:
        rows: all rows.
        at_most: rows of a group; larger ones are cut, so that a shuffle still mixes them.
    """
    if not rows or rows[0].source:  # answers that begin alike are nothing that an encoder-decoder model could share
        return [[place] for place in range(len(rows))]
    order = sorted(range(len(rows)), key=lambda i: rows[i].ids)
    everywhere = common(rows[order[0]].ids, rows[order[-1]].ids)
    groups = [[order[0]]]
    for before, index in pairwise(order):
        shared = common(rows[before].ids, rows[index].ids) - everywhere
        shorter = min(len(rows[before].ids), len(rows[index].ids)) - everywhere
        if shared >= max(_GROUP_TOKENS, shorter / 2) and len(groups[-1]) < at_most:
            groups[-1].append(index)
        else:
            groups.append([index])
    return sorted(groups)


def micro_batches(rows: Sequence[Row], *, max_tokens: int, layout: Layout) -> list[list[Row]]:
    """``rows`` in groups whose tokens, as ``layout`` counts them, stay within ``max_tokens`` (or of one row).

    Rankings stay together, in their order.
    """
    if rows and rows[0].candidates:
        return [list(rows[start : start + TOGETHER]) for start in range(0, len(rows), TOGETHER)]
    if layout in ("padded", "unpadded"):
        return _by_length(rows, max_tokens, padded=layout == "padded")
    return _by_start(rows, max_tokens, shared=layout == "tree")


def _by_length(rows: Sequence[Row], max_tokens: int, *, padded: bool) -> list[list[Row]]:
    """Rows of similar length together: each counts as many tokens as the longest of its group, or its own."""
    groups: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: (-row.longest, row.id)):
        together = [*groups[-1], row] if groups else []
        tokens = len(together) * (2 if row.rejected else 1) * together[0].longest if together else 0
        if not padded:
            tokens = sum(len(one.ids) + len(one.rejected) for one in together)
        if not groups or tokens > max_tokens:
            groups.append([])
        groups[-1].append(row)
    return groups


def _by_start(rows: Sequence[Row], max_tokens: int, *, shared: bool) -> list[list[Row]]:
    """Rows that start alike together: what a row shares with the one before it is counted once."""
    groups: list[list[Row]] = []
    tokens = 0
    for row in sorted(rows, key=lambda row: (row.ids, row.id)):
        same = common(groups[-1][-1].ids, row.ids) if groups and shared else 0
        twice = common(row.ids, row.rejected) if shared else 0
        other = len(row.rejected) - (twice if twice >= MIN_SHARED else 0)
        own = len(row.ids) - (same if same >= MIN_SHARED else 0)
        if not groups or tokens + own + other > max_tokens:
            groups.append([])
            tokens, own = 0, len(row.ids)
        groups[-1].append(row)
        tokens += own + other
    return groups
