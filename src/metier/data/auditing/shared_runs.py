"""Runs of words that texts of two lists share, found in bits for each run of the one and bytes for few of the other.

Each text is gone through twice. The first time the runs of all known texts set bits of a filter (Bloom, "Space/time
trade-offs in hash coding with allowable errors", 1970), and of the texts that are asked about only those runs are noted
that pass it; the second time the known texts that hold a noted run are counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LEAST, _MOST = 1 << 16, 1 << 30
"""Bits of a filter, both powers of two: 8 KB to 128 MB."""
_SPARSE = 8
"""Bits of the filter for each run, as far as it may grow: one run in eight then passes by chance."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)

Hashes = NDArray[np.uint64]
Words = Callable[[str], list[str]]


class SharedRun(NamedTuple):
    """A run of words that stands in two texts.

    Attributes:
        known: place of the first known text that holds it.
        asked: place of the text that is asked about.
        run: the words.
    """

    known: int
    asked: int
    run: str


def shared_runs(
    known: Sequence[str], asked: Sequence[str], words: Words, *, length: int, most: int
) -> Iterator[SharedRun]:
    """For each of ``asked`` its first run that one to ``most`` of ``known`` have; nothing for one that has none.

    Args:
        known: texts, gone through twice.
        asked: texts, gone through twice.
        words: the words of a text.
        length: words in a run.
        most: texts of ``known`` that may have a run; one in more of them is a template.
    """
    noted = _noted(known, asked, words, length)
    holders = np.zeros(len(noted), dtype=np.uint32)
    first = np.full(len(noted), -1, dtype=np.int64)
    for place, text in enumerate(known if len(noted) else ()):
        found = np.unique(_among(_runs(words(text), length), noted)[1])
        holders[found] += 1
        first[found[first[found] < 0]] = place
    for place, text in enumerate(asked if len(noted) else ()):
        said = words(text)
        starts, found = _among(_runs(said, length), noted)
        fit = np.flatnonzero((holders[found] > 0) & (holders[found] <= most))
        if len(fit):
            start = int(starts[fit[0]])
            yield SharedRun(int(first[found[fit[0]]]), place, " ".join(said[start : start + length]))


def _noted(known: Iterable[str], asked: Iterable[str], words: Words, length: int) -> Hashes:
    """Hashes, ascending, of all runs of ``asked`` that stand in ``known``, and of some that do not."""
    known_runs = _Filter()
    for text in known:
        known_runs.add(_runs(words(text), length))
    noted = array("Q")
    for text in asked:
        hashes = _runs(words(text), length)
        noted.frombytes(hashes[known_runs.may_hold(hashes)].tobytes())
    return np.unique(np.frombuffer(noted, np.uint64))


class _Filter:
    """A set of hashes that never denies one that it holds."""

    def __init__(self) -> None:
        self._bytes = np.zeros(_LEAST >> 3, dtype=np.uint8)
        self._count = 0

    def add(self, hashes: Hashes) -> None:
        """Put hashes in."""
        self._count += len(hashes)
        while self._count * _SPARSE > 8 * len(self._bytes) < _MOST:
            self._bytes = np.concatenate([self._bytes, self._bytes])  # one bit more of each hash: either it is
        np.bitwise_or.at(self._bytes, self._homes(hashes), _bit(hashes))

    def may_hold(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Of each hash, whether it may have been put in."""
        return (self._bytes[self._homes(hashes)] & _bit(hashes)) != 0

    def _homes(self, hashes: Hashes) -> NDArray[np.intp]:
        return ((hashes >> np.uint64(3)) & np.uint64(len(self._bytes) - 1)).astype(np.intp)


def _bit(hashes: Hashes) -> NDArray[np.uint8]:
    return np.left_shift(np.uint8(1), (hashes & np.uint64(7)).astype(np.uint8))


def _runs(words: Sequence[str], length: int) -> Hashes:
    """The hash of each run of words, in their order; of this process alone."""
    count = max(len(words) - length + 1, 0)
    codes = np.fromiter(map(hash, words), np.int64, len(words)).astype(np.uint64)
    mixed = np.zeros(count, dtype=np.uint64)
    for shift in range(length if count else 0):
        mixed = (mixed ^ codes[shift : shift + count]) * _MULTIPLIER
        mixed ^= mixed >> _SHIFT
    return mixed


def _among(hashes: Hashes, noted: Hashes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of those hashes that are noted, and where in ``noted`` each of them is."""
    found = np.minimum(np.searchsorted(noted, hashes), len(noted) - 1)
    places = np.flatnonzero(noted[found] == hashes)
    return places, found[places]
