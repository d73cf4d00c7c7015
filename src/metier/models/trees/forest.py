"""Token trees: sequences that start alike share their start, so that it is computed once.

A forest is one packed row of tokens in depth-first order, without padding. Each node is a run of tokens; what descends
from a node follows it directly, so one number a token says what it may be seen by:

    token    [instruction.......][document A.........][question 1][question 2][document B..][question 3]
    until     end of everything   end of question 2    its own end             end of question 3

Token ``k`` is seen by token ``q`` exactly where ``k <= q < until[k]``. Positions run along each path, so every token
sees what it would see if its sequence stood alone.

Legend: ``T`` packed tokens, ``N`` nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

MIN_SHARED = 8
"""Common starts shorter than this many tokens are not worth a node of their own."""


class Node(NamedTuple):
    """A run of tokens in the packed row, and where its descendants end.

    Attributes:
        start, end: its own tokens, [start, end).
        until: its descendants are [end, until).
        depth: position of its first token along the path.
    """

    start: int
    end: int
    until: int
    depth: int


@dataclass(frozen=True, slots=True)
class Forest:
    """Sequences packed as trees.

    Attributes:
        ids: token ids, [T].
        positions: position of each token along its path, [T].
        nodes: depth first, parents before children, [N].
        paths: for each sequence, in the order given, the runs [start, end) of the packed row that it consists of.
        tokens_given: tokens of all sequences, shared ones counted each time.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    nodes: tuple[Node, ...]
    paths: tuple[tuple[tuple[int, int], ...], ...]
    tokens_given: int

    def until(self) -> list[int]:
        """For each token, the end of what may see it, [T]."""
        return [node.until for node in self.nodes for _ in range(node.start, node.end)]

    def places(self, sequence: int) -> list[int]:
        """Where the tokens of a sequence stand in the packed row, in its order."""
        return [place for start, end in self.paths[sequence] for place in range(start, end)]


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common start of two sequences.

    >>> common([1, 2, 3], [1, 2, 4, 5])
    2
    """
    limit = min(len(a), len(b))
    if a[:limit] == b[:limit]:
        return limit
    low, high = 0, limit  # a[:low] agree, a[:high] do not
    while high - low > 1:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low


def plant(sequences: Sequence[Sequence[int]], *, min_shared: int | None = MIN_SHARED) -> Forest:
    """The forest of ``sequences``.

    Args:
        sequences: token ids, none empty.
        min_shared: starts that at least two sequences share become a node where they are this long; None: nothing is
            shared, and each sequence is a chain of its own.

    >>> forest = plant([[1, 2, 3], [1, 2, 4, 5], [9]], min_shared=1)
    >>> forest.ids, forest.positions
    ((1, 2, 3, 4, 5, 9), (0, 1, 2, 2, 3, 0))
    >>> forest.until()
    [5, 5, 3, 5, 5, 6]
    """
    planter = _Planter([tuple(sequence) for sequence in sequences], min_shared)
    order = sorted(range(len(sequences)), key=lambda i: planter.sequences[i])
    if min_shared is None:
        for index in order:
            planter.leaf(index, 0, [])
    else:
        planter.grow(order, 0, [])
    return planter.done()


class _Planter:
    """Packs sequences depth first."""

    def __init__(self, sequences: list[tuple[int, ...]], min_shared: int | None) -> None:
        self.sequences, self.min_shared = sequences, min_shared or 0
        self.ids: list[int] = []
        self.positions: list[int] = []
        self.nodes: list[Node] = []
        self.paths: dict[int, list[tuple[int, int]]] = {}

    def grow(self, order: list[int], depth: int, path: list[tuple[int, int]]) -> None:
        """Pack the sorted sequences ``order``, of which the first ``depth`` tokens stand on ``path`` already."""
        first, last = self.sequences[order[0]], self.sequences[order[-1]]
        shared = common(first, last)  # they are sorted: what the outermost share, all share
        if len(order) == 1:
            return self.leaf(order[0], depth, path)
        if shared - depth >= max(1, self.min_shared):
            node, run = self._open(first, depth, shared)
            ended = [i for i in order if len(self.sequences[i]) == shared]
            for index in ended:
                self.paths[index] = [*path, run]
            for group in self._by_token([i for i in order if len(self.sequences[i]) > shared], shared):
                self.grow(group, shared, [*path, run])
            self._close(node)
            return None
        ended = [i for i in order if len(self.sequences[i]) <= shared]
        for index in ended:  # too short a start to share: it is repeated
            self.leaf(index, depth, path)
        for group in self._by_token([i for i in order if len(self.sequences[i]) > shared], shared):
            self.grow(group, depth, path)
        return None

    def leaf(self, index: int, depth: int, path: list[tuple[int, int]]) -> None:
        """Pack what is left of one sequence."""
        sequence = self.sequences[index]
        if depth == len(sequence):
            self.paths[index] = path
            return
        node, run = self._open(sequence, depth, len(sequence))
        self.paths[index] = [*path, run]
        self._close(node)

    def _by_token(self, order: list[int], place: int) -> list[list[int]]:
        groups: list[list[int]] = []
        for index in order:
            if groups and self.sequences[groups[-1][0]][place] == self.sequences[index][place]:
                groups[-1].append(index)
            else:
                groups.append([index])
        return groups

    def _open(self, sequence: tuple[int, ...], start: int, end: int) -> tuple[int, tuple[int, int]]:
        place = len(self.ids)
        self.ids += sequence[start:end]
        self.positions += range(start, end)
        self.nodes.append(Node(place, len(self.ids), -1, start))
        return len(self.nodes) - 1, (place, len(self.ids))

    def _close(self, node: int) -> None:
        self.nodes[node] = self.nodes[node]._replace(until=len(self.ids))

    def done(self) -> Forest:
        """The finished forest."""
        return Forest(
            ids=tuple(self.ids),
            positions=tuple(self.positions),
            nodes=tuple(self.nodes),
            paths=tuple(tuple(self.paths[i]) for i in range(len(self.sequences))),
            tokens_given=sum(map(len, self.sequences)),
        )
