"""Rows that must stay together: joined pair by pair (union-find), taken out as groups."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metier.data.lazy import Lazy


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that go into one split together.

    Attributes:
        rows: their indices, ascending.
        labels: the label of each; equal texts where labels do not matter.
    """

    rows: tuple[int, ...]
    labels: tuple[str, ...]


class Groups:
    """``size`` rows, each a group by itself until joined (Tarjan's union-find with halved paths); 8 bytes each."""

    def __init__(self, size: int) -> None:
        self._parent = array("q", range(size))

    def find(self, row: int) -> int:
        """The group's representative: its smallest row."""
        parent = self._parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(self, first: int, second: int) -> None:
        """The groups of both rows become one."""
        low, high = sorted((self.find(first), self.find(second)))
        self._parent[high] = low

    def members(self, *, fewest: int = 1) -> Sequence[tuple[int, ...]]:
        """The groups of so many rows or more, rows ascending, ordered by their first row."""
        size = len(self._parent)
        roots = np.fromiter(map(self.find, range(size)), np.int64, size)
        order = np.argsort(roots, kind="stable")
        starts = np.flatnonzero(np.diff(roots[order], prepend=-1))
        ends = np.append(starts[1:], size)[: len(starts)]
        large = ends - starts >= fewest
        rows, begins, beyond = _compact(order), _compact(starts[large]), _compact(ends[large])
        return Lazy(len(begins), lambda place: tuple(rows[begins[place] : beyond[place]]))


def _compact(numbers: NDArray[np.int64]) -> array[int]:
    """Four bytes each, and quicker to take single ones out than an array of numpy."""
    return array("I", numbers.astype(np.uint32).tobytes())


def labelled_groups(members: Sequence[Sequence[int]], rows: Sequence[int], labels: Iterable[str]) -> Sequence[Group]:
    """Groups of ``rows`` with their labels, in four bytes a row beside what is given.

    Args:
        members: of each group, the places in ``rows``.
        rows: indices of rows.
        labels: one for each of ``rows``.
    """
    numbers: dict[str, int] = {}
    codes = array("i", (numbers.setdefault(label, len(numbers)) for label in labels))
    names = list(numbers)

    def group(place: int) -> Group:
        found = members[place]
        return Group(tuple(rows[item] for item in found), tuple(names[codes[item]] for item in found))

    return Lazy(len(members), group)
