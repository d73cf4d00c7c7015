"""Rows that must stay together: joined pair by pair (union-find), taken out as groups."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass


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
    """``size`` rows, each a group by itself until joined (Tarjan's union-find with halved paths)."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

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

    def members(self) -> list[tuple[int, ...]]:
        """All groups, rows ascending, ordered by their first row."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for row in range(len(self._parent)):
            found[self.find(row)].append(row)
        return [tuple(rows) for rows in found.values()]
