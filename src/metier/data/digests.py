"""Equal texts among millions, by 16 bytes of each, and different numbers: no dictionary of them is held."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_BYTES = 16
_AT_ONCE = 1 << 20

Places = NDArray[np.int64]


class Repeats(NamedTuple):
    """Items that repeat an earlier one.

    Attributes:
        places: where they stand, ascending; R of them.
        firsts: of each, where the first that is equal to it stands.
    """

    places: Places
    firsts: Places


def digest(text: str) -> bytes:
    """16 bytes that are equal for equal texts; of different ones with a probability of 2^-128 (BLAKE2b)."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_BYTES).digest()


def distinct(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The different ones of some numbers, ascending; quicker than ``np.unique``, which hashes them before it sorts.

    >>> distinct(np.array([7, 3, 7], dtype=np.uint64)).tolist()
    [3, 7]
    """
    ascending = np.sort(numbers)
    first = np.ones(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    return ascending[first]


def repeats(digests: bytes | bytearray) -> Repeats:
    """Which of N digests, one behind the other, are equal to an earlier one.

    >>> repeats(digest("a") + digest("b") + digest("a"))
    Repeats(places=array([2]), firsts=array([0]))
    """
    words = np.frombuffer(digests, np.uint64).reshape(-1, 2)
    order = np.argsort(words[:, 0], kind="stable")  # equal ones stay in their order
    if _is_torn(words, order):
        order = np.lexsort((words[:, 1], words[:, 0]))
    again = np.flatnonzero(_like_the_one_before(words, order))
    opens = np.diff(again, prepend=-2) > 1
    heads = (again[opens] - 1)[np.cumsum(opens) - 1]
    places = order[again]
    ascending = np.argsort(places)
    return Repeats(places[ascending], order[heads][ascending])


def _like_the_one_before(words: NDArray[np.uint64], order: Places, columns: int = 2) -> NDArray[np.bool_]:
    """Of each digest in an order, whether that before it has the same first words."""
    found = np.zeros(len(order), dtype=bool)
    for start in range(1, len(order), _AT_ONCE):
        some = words[order[start - 1 : start + _AT_ONCE], :columns]
        found[start : start + _AT_ONCE] = (some[1:] == some[:-1]).all(axis=1)
    return found


def _is_torn(words: NDArray[np.uint64], order: Places) -> bool:
    """Whether different digests begin alike, so that equal ones may stand apart."""
    return bool((_like_the_one_before(words, order, 1) != _like_the_one_before(words, order)).any())
