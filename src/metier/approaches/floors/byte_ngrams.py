"""A byte n-gram model: how far counting alone goes in foretelling a text.

Interpolated by Witten and Bell (1991): a context seen ``c`` times with ``t`` different bytes after it trusts its own
counts as ``c / (c + t)`` and leaves the rest to the context without its first byte, down to all bytes being equal.
A context and the byte behind it fit into 64 bits, so counting is sorting and looking up is a search in sorted numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

ORDER = 5
"""Bytes of context at most."""
MOST_BYTES = 4_000_000
"""Bytes of text that are counted."""


class ByteNgrams:
    """Counts of every context of up to ``ORDER`` bytes.

    Args:
        keys: for each order ``k`` from 0, the sorted contexts of ``k`` bytes with the byte behind them, as numbers.
        counts: how often each was seen.
    """

    def __init__(self, keys: list[Any], counts: list[Any]) -> None:
        self.keys, self.counts = keys, counts
        self._contexts = [_contexts(key, count) for key, count in zip(keys, counts, strict=True)]

    @classmethod
    def count(cls, texts: Iterable[bytes]) -> ByteNgrams:
        """Count texts; what stands before the first byte of a text are zeros."""
        padded = [bytes(ORDER) + text for text in texts]
        pieces = [np.concatenate([_grams(text, order) for text in padded]) for order in range(ORDER + 1)]
        found = [np.unique(piece, return_counts=True) for piece in pieces]
        return cls([keys for keys, _ in found], [counts.astype(np.uint32) for _, counts in found])

    def bits(self, text: bytes) -> float:
        """Negative log2 likelihood of a text."""
        share = np.full(len(text), 1 / 256)
        for order in range(ORDER + 1):
            grams = _grams(bytes(ORDER) + text, order)
            seen = _look_up(self.keys[order], self.counts[order], grams)
            contexts, totals, kinds = self._contexts[order]
            total, kind = (_look_up(contexts, values, grams >> np.uint64(8)) for values in (totals, kinds))
            share = np.where(total > 0, (seen + kind * share) / np.maximum(total + kind, 1), share)
        return float(-np.log2(share).sum())


def _grams(padded: bytes, order: int) -> Any:
    """Each byte behind the padding with the ``order`` bytes before it, as numbers, uint64 [len(padded) - ORDER]."""
    values = np.frombuffer(padded, dtype=np.uint8).astype(np.uint64)
    size = len(values) - ORDER
    found = np.zeros(size, dtype=np.uint64)
    for back in range(order, -1, -1):
        found = (found << np.uint64(8)) | values[ORDER - back : ORDER - back + size]
    return found


def _contexts(keys: Any, counts: Any) -> tuple[Any, Any, Any]:
    """The contexts of ``keys``, how often each was seen, and how many different bytes stood behind it."""
    contexts, first, kinds = np.unique(keys >> np.uint64(8), return_index=True, return_counts=True)
    totals = np.add.reduceat(counts.astype(np.int64), first) if len(first) else counts
    return contexts, totals, kinds


def _look_up(keys: Any, values: Any, wanted: Any) -> Any:
    """The value of each wanted key, float64; 0 where it is not there."""
    if not len(keys):
        return np.zeros(len(wanted))
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0).astype(np.float64)
