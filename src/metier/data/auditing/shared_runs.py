"""Runs of words that texts of two lists share, found in bits for each run of the one and bytes for few of the other.

Stock phrases, as of greetings and signatures, are found first: a text says nothing by them, and no run holds a word of
one. Then the runs of all known texts set bits of a filter (Bloom, "Space/time trade-offs in hash coding with allowable
errors", 1970), and of the texts that are asked about only those runs are noted that pass it; at last the known texts
that hold a noted run are counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metier.data.digests import distinct

_LEAST, _MOST = 1 << 16, 1 << 30
"""Bits of a filter, both powers of two: 8 KB to 128 MB."""
_SPARSE = 8
"""Bits of the filter for each run, as far as it may grow: one run in eight then passes by chance."""
_WORDS = 20_000
_PHRASE, _SHARE = 5, 0.02
"""A stock phrase has so many words, and stands in more than this share of the known texts."""
_SLOTS = np.uint64(1 << 22)
"""Counters of phrases, by hash: 16 MB."""
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
        known: texts, gone through three times.
        asked: texts, gone through twice.
        words: the words of a text.
        length: words in a run.
        most: texts of ``known`` that may have a run; one in more of them is a template.
    """
    stock = _Stock(known, words, most)
    noted = _noted(known, asked, words, length, stock)
    if not len(noted):
        return
    holders = np.zeros(len(noted), dtype=np.uint32)
    first = np.full(len(noted), len(known), dtype=np.int64)
    for block in _blocks(known, words, length, stock):
        runs, found = _among(block.hashes, noted)
        texts, found = np.unique(np.stack([block.texts[runs], found]), axis=1)  # a text has a run once
        np.add.at(holders, found, 1)
        np.minimum.at(first, found, texts)
    for block in _blocks(asked, words, length, stock):
        runs, found = _among(block.hashes, noted)
        fit = (holders[found] > 0) & (holders[found] <= most)
        texts, which = np.unique(block.texts[runs[fit]], return_index=True)
        for place, run, holder in zip(texts, runs[fit][which], first[found[fit]][which], strict=True):
            start = int(block.starts[run])
            yield SharedRun(int(holder), int(place), " ".join(words(asked[int(place)])[start : start + length]))


def _noted(known: Sequence[str], asked: Sequence[str], words: Words, length: int, stock: _Stock) -> Hashes:
    """Hashes, ascending, of all runs of ``asked`` that stand in ``known``, and of some that do not."""
    known_runs = _Filter()
    for block in _blocks(known, words, length, stock):
        known_runs.add(block.hashes)
    noted = array("Q")
    for block in _blocks(asked, words, length, stock):
        noted.frombytes(block.hashes[known_runs.may_hold(block.hashes)].tobytes())
    return distinct(np.frombuffer(noted, np.uint64))


class _Stock:
    """Phrases that many texts have.

    Args:
        texts: they are counted in.
        words: the words of a text.
        least: texts that may have a phrase, however few there are.
    """

    def __init__(self, texts: Sequence[str], words: Words, least: int) -> None:
        self._holders = np.zeros(int(_SLOTS), dtype=np.uint32)
        self._most = max(least, _SHARE * len(texts))
        for block in _blocks(texts, words, _PHRASE):
            once = distinct(block.texts.astype(np.uint64) * _SLOTS + block.hashes % _SLOTS)  # a text has a phrase once
            np.add.at(self._holders, (once % _SLOTS).astype(np.int64), 1)

    def words_in(self, phrases: _Block, count: int) -> NDArray[np.bool_]:
        """Of each of ``count`` words, whether it stands in a stock phrase.

        Args:
            phrases: all runs of ``_PHRASE`` of them.
            count: words.
        """
        stock = self._holders[phrases.hashes % _SLOTS] > self._most
        inside = np.zeros(count + 1, dtype=np.int64)
        np.add.at(inside, phrases.places[stock], 1)
        np.add.at(inside, phrases.places[stock] + _PHRASE, -1)
        return np.cumsum(inside[:-1]) > 0


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


class _Block(NamedTuple):
    """The runs of some texts, R of them, in the texts' order.

    Attributes:
        hashes: of each run; of this process alone.
        texts: place of the text that it stands in.
        starts: its first word's place there.
        places: its first word's place in the block.
    """

    hashes: Hashes
    texts: NDArray[np.int64]
    starts: NDArray[np.int64]
    places: NDArray[np.int64]

    def without(self, words: NDArray[np.bool_], length: int) -> _Block:
        """The runs, of ``length`` words, that hold none of some words."""
        before = np.concatenate([[0], np.cumsum(words)])
        kept = before[self.places + length] == before[self.places]
        return _Block(self.hashes[kept], self.texts[kept], self.starts[kept], self.places[kept])


def _blocks(texts: Sequence[str], words: Words, length: int, stock: _Stock | None = None) -> Iterator[_Block]:
    """All runs of all texts that hold no word of a stock phrase, those of some thousand words at a time."""
    codes, sizes, begun = array("q"), array("q"), 0
    for place, text in enumerate(texts):
        said = words(text)
        codes.extend(map(hash, said))
        sizes.append(len(said))
        if len(codes) >= _WORDS or place == len(texts) - 1:
            found = np.array(codes).astype(np.uint64), np.array(sizes), begun
            block = _block(*found, length)
            yield block.without(stock.words_in(_block(*found, _PHRASE), len(codes)), length) if stock else block
            codes, sizes, begun = array("q"), array("q"), place + 1


def _block(codes: Hashes, sizes: NDArray[np.int64], begun: int, length: int) -> _Block:
    """The runs of texts of so many words each, whose codes stand one behind the other; the first is text ``begun``."""
    count = max(len(codes) - length + 1, 0)
    mixed = np.zeros(count, dtype=np.uint64)
    for shift in range(length if count else 0):
        mixed = (mixed ^ codes[shift : shift + count]) * _MULTIPLIER
        mixed ^= mixed >> _SHIFT
    ends = np.repeat(np.cumsum(sizes), sizes)[:count]
    whole = np.flatnonzero(np.arange(count) + length <= ends)
    owners = np.repeat(np.arange(len(sizes)), sizes)[whole]
    return _Block(mixed[whole], owners + begun, whole - (ends[whole] - sizes[owners]), whole)


def _among(hashes: Hashes, noted: Hashes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of those hashes that are noted, and where in ``noted`` each of them is."""
    found = np.minimum(np.searchsorted(noted, hashes), len(noted) - 1)
    places = np.flatnonzero(noted[found] == hashes)
    return places, found[places]
