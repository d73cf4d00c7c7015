"""Near duplicates by MinHash and banding, every candidate verified by its true Jaccard similarity.

A text is the set of its 5-character pieces after normalisation (case, Unicode form, white space); a text of fewer
characters is one piece. Characters rather than words, so that short messages, inflected languages and languages
without spaces work alike. A set is summarised by 128 minima under random hash functions; two summaries agree in a
place with the probability of the sets' Jaccard similarity (Broder, "On the resemblance and containment of documents",
1997). Texts that agree in one whole band of such places are compared; bands are sized so that a pair at the threshold
is missed with a probability below 1 in 10,000.

The summaries of many texts lie in a file, block by block, and one band of them is in memory at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from metier.core import derive
from metier.data.digests import distinct
from metier.data.dividing.splits.groups import Groups
from metier.data.scratch import scratch
from metier.data.values import normalise

PIECE = 5
"""Characters in a piece."""
PERMUTATIONS = 128
_MISSED = 1e-4
_BLOCK = 4_096
"""Pieces that are hashed at once; bounds the memory for a long text."""
_TEXTS = 4_096
"""Texts whose signatures are held at once; of the others a number for each band and 128 bytes are noted."""
_NOTED = 16 << 20
"""Bytes of them that stay in memory; more are set aside on the disk."""
_PAIRS_KEPT = 500_000
"""Pairs that were found different and are remembered as such, at most."""
_PIECES_KEPT = 2_000_000
"""Pieces that are held for comparisons, at most: 16 MB."""
_MARGIN = 0.15
"""A pair whose estimated similarity is lower than the threshold by this is not verified; over four deviations."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Array = NDArray[np.uint64]


def near_duplicates(
    texts: Sequence[str], threshold: float = 0.8, *, advance: Callable[[int], None] = lambda count: None
) -> list[tuple[int, ...]]:
    """Clusters of texts that are nearly the same.

    Two texts are linked where the Jaccard similarity of their 5-character pieces is at least ``threshold``; a cluster
    is a connected component of two or more texts. Deterministic. Texts without a visible character are never linked.

    Args:
        texts: any number; 10,000 short ones take about two seconds.
        threshold: similarity from which texts are linked, above 0, at most 1.
        advance: told the number of texts done.

    Returns:
        Each cluster as ascending places in ``texts``, clusters ordered by their first place.

    >>> near_duplicates(["where is my card?", "Where  is my card!", "I lost my purse"], threshold=0.7)
    [(0, 1)]
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be above 0 and at most 1, not {threshold!r}")
    rows = _rows_per_band(threshold)
    hashes = _hash_functions()
    with _Notes(len(texts), PERMUTATIONS // rows) as notes:
        for start in range(0, len(texts), _TEXTS):
            some = texts[start : start + _TEXTS]
            signatures = np.empty((len(some), PERMUTATIONS), dtype=np.uint32)
            for place, text in enumerate(some):
                pieces = _pieces(normalise(text))
                notes.filled[start + place] = len(pieces) > 0
                signatures[place] = _signature(pieces, hashes)
                advance(1)
            # Eight bits of each minimum are enough for an estimate (Li and König, 2010), and quicker to compare.
            notes.add(_band_keys(signatures, rows), signatures.astype(np.uint8))
        linker = _Linker(texts, notes, threshold)
        for bucket in _buckets(notes):
            linker.link(bucket)
    return list(linker.groups.members(fewest=2))


class _Notes:
    """What is noted of N texts: a number for each band, 128 marks, and whether there is anything to compare."""

    def __init__(self, texts: int, bands: int) -> None:
        self.filled = np.zeros(texts, dtype=bool)
        self.bands = bands
        self._texts = texts
        self._keys, self._marks = scratch(held=_NOTED), scratch(held=_NOTED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._keys.close()
        self._marks.close()

    def add(self, keys: Array, marks: NDArray[np.uint8]) -> None:
        """Those of the next texts, [bands, B] and [B, 128]; B is the same for all blocks but the last."""
        self._keys.write(keys.tobytes())
        self._marks.write(marks.tobytes())

    def band(self, number: int) -> Array:
        """The numbers of all texts for one band, [N]."""
        found = np.empty(self._texts, dtype=np.uint64)
        for start in range(0, self._texts, _TEXTS):
            count = min(_TEXTS, self._texts - start)
            self._keys.seek(8 * (start * self.bands + number * count))
            found[start : start + count] = np.frombuffer(self._keys.read(8 * count), np.uint64)
        return found

    def marks(self, places: NDArray[np.intp]) -> NDArray[np.uint8]:
        """The marks of some texts, [len(places), 128]."""
        found = bytearray()
        for place in places.tolist():
            self._marks.seek(place * PERMUTATIONS)
            found += self._marks.read(PERMUTATIONS)
        return np.frombuffer(found, np.uint8).reshape(-1, PERMUTATIONS)


def _band_keys(signatures: NDArray[np.uint32], rows: int) -> Array:
    """One number for each band of each text, [bands, N]: equal where all minima of a band are."""
    bands = PERMUTATIONS // rows
    keys = np.zeros((len(signatures), bands), dtype=np.uint64)
    for row in range(rows):
        keys = (keys ^ signatures[:, row : bands * rows : rows].astype(np.uint64)) * _MULTIPLIER
        keys ^= keys >> np.uint64(29)
    return keys.T


def _pieces(text: str) -> Array:
    """The hashed set of a text's pieces, ascending."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    if not len(codes):
        return codes
    width = min(PIECE, len(codes))
    count = len(codes) - width + 1
    mixed = np.zeros(count, dtype=np.uint64)
    for shift in range(width):
        mixed = (mixed ^ codes[shift : shift + count]) * _MULTIPLIER
        mixed ^= mixed >> np.uint64(29)
    return distinct(mixed)


def _hash_functions() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Odd multipliers and offsets of linear permutations of 32 bits, [128, 1], the same on every machine."""
    random = np.random.default_rng(derive(0, "minhash"))
    multipliers = random.integers(0, 2**31, (PERMUTATIONS, 1), dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return multipliers, random.integers(0, 2**32, (PERMUTATIONS, 1), dtype=np.uint32)


def _signature(pieces: Array, hashes: tuple[NDArray[np.uint32], NDArray[np.uint32]]) -> NDArray[np.uint32]:
    """The 128 minima of a set; of each piece the upper 32 bits count, for processors multiply eight such at a time."""
    multipliers, offsets = hashes
    smallest = np.full(PERMUTATIONS, 2**32 - 1, dtype=np.uint32)
    upper = (pieces >> np.uint64(32)).astype(np.uint32)
    for start in range(0, len(upper), _BLOCK):
        hashed = multipliers * upper[start : start + _BLOCK]
        hashed += offsets
        np.minimum(smallest, hashed.min(axis=1), out=smallest)
    return smallest


def _rows_per_band(threshold: float) -> int:
    """The longest band with which a pair at the threshold is still found with near certainty."""
    for rows in range(PERMUTATIONS, 1, -1):
        if (1 - threshold**rows) ** (PERMUTATIONS // rows) < _MISSED:
            return rows
    return 1


def _buckets(notes: _Notes) -> Iterator[NDArray[np.intp]]:
    """Places of the texts that agree in a whole band, two or more at a time."""
    filled = np.flatnonzero(notes.filled)
    for number in range(notes.bands):
        own = notes.band(number)[filled]
        order = np.argsort(own, kind="stable")
        own = own[order]
        same = np.zeros(len(own) + 1, dtype=bool)  # as the one before
        same[1:-1] = own[1:] == own[:-1]
        begins = np.flatnonzero(same[1:] & ~same[:-1])
        ends = np.flatnonzero(same[:-1] & ~same[1:]) + 1
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            yield np.sort(filled[order[begin:end]])


class _Pieces:
    """The pieces of texts, made when two are compared, which few ever are; so many are kept, the last used ones."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._found: OrderedDict[int, Array] = OrderedDict()
        self._count = 0

    def of(self, place: int) -> Array:
        """The hashed set of a text's pieces, ascending."""
        if place in self._found:
            self._found.move_to_end(place)
            return self._found[place]
        found = self._found[place] = _pieces(normalise(self._texts[place]))
        self._count += len(found)
        while self._count > _PIECES_KEPT and len(self._found) > 1:
            self._count -= len(self._found.popitem(last=False)[1])
        return found


class _Linker:
    """Joins similar texts of a bucket; pairs that are joined already, or were found different, are passed over."""

    def __init__(self, texts: Sequence[str], notes: _Notes, threshold: float) -> None:
        self.groups = Groups(len(texts))
        self._pieces, self._threshold, self._notes = _Pieces(texts), threshold, notes
        self._different: set[tuple[int, int]] = set()

    def link(self, bucket: NDArray[np.intp]) -> None:
        roots = np.array([self.groups.find(place) for place in bucket.tolist()])
        if (roots == roots[0]).all():
            return
        marks = self._notes.marks(bucket)
        for start, first in enumerate(bucket[:-1].tolist()):
            others = start + 1 + np.flatnonzero(roots[start + 1 :] != roots[start])
            if not len(others):
                continue
            estimates = np.count_nonzero(marks[others] == marks[start], axis=1) / PERMUTATIONS
            near = bucket[others[estimates >= self._threshold - _MARGIN]].tolist()
            if sum(self._join(first, second) for second in near):
                roots = np.array([self.groups.find(place) for place in bucket.tolist()])

    def _join(self, first: int, second: int) -> bool:
        if (first, second) in self._different or self.groups.find(first) == self.groups.find(second):
            return False
        if _jaccard(self._pieces.of(first), self._pieces.of(second)) < self._threshold:
            if len(self._different) == _PAIRS_KEPT:
                self._different.clear()
            self._different.add((first, second))
            return False
        self.groups.join(first, second)
        return True


def _jaccard(first: Array, second: Array) -> float:
    both = len(np.intersect1d(first, second, assume_unique=True))
    return both / (len(first) + len(second) - both)
