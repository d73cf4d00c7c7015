"""A stratified split: every split has the share of each label as nearly as the groups allow.

Groups are dealt one by one, large ones first, each to the split that is furthest behind its share: of the group's
labels, and of all rows, as dealt so far (a greedy rule as in Sechidis et al., "On the stratification of multi-label
data", 2011, extended to groups). Then labels that train or test lack are moved there, where a group can be spared. For
numbers, the labels are their quantile bins.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metier.core import SplitName
from metier.data.dividing.splits.groups import Group

Shares = Mapping[SplitName, float]
_SPLITS: tuple[SplitName, ...] = ("train", "test", "validation")
"""In order of preference where nothing else decides."""
_ENOUGH = 3
"""Groups of a label from which one of them should be in test."""


def stratified(groups: Sequence[Group], shares: Shares, *, seed: int) -> list[SplitName]:
    """The split of each group.

    Every label has a group in train; a label of three or more groups has one in test where one can be spared. No
    split stays empty where there are as many groups as splits.

    Args:
        groups: what must stay together.
        shares: each split's share of the rows; they sum to 1.
        seed: from :func:`metier.core.derive`; the same groups, shares and seed give the same split.
    """
    sizes = np.fromiter((len(group.rows) for group in groups), np.int64, len(groups))
    order = np.random.default_rng(seed).permutation(len(groups))
    dealing = _Dealing(groups, {split: shares[split] for split in _SPLITS if split in shares})
    for place in map(int, order[np.argsort(-sizes[order], kind="stable")]):
        dealing.deal(place)
    dealing.place_labels("train", fewest=1)
    if "test" in shares:
        dealing.place_labels("test", fewest=_ENOUGH)
    dealing.fill_empty()
    return dealing.chosen


@dataclass(frozen=True, slots=True)
class _Move:
    """A group that could change its split: cheapest first (donor's order, then size, then place)."""

    donor: int
    size: int
    place: int


class _Dealing:
    """The state of a split in the making; of each group its split is held, and its place once for each label."""

    def __init__(self, groups: Sequence[Group], shares: Shares) -> None:
        self.groups, self.shares = groups, shares
        self.holders: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        for place, group in enumerate(groups):
            for label in dict.fromkeys(group.labels):
                self.holders[label].append(place)
        self.dealt: Counter[str] = Counter()
        self.rows = 0
        self.given: dict[SplitName, Counter[str]] = {split: Counter() for split in shares}
        self.sizes = dict.fromkeys(shares, 0)
        self.chosen: list[SplitName] = ["train"] * len(groups)

    def deal(self, place: int) -> None:
        """Put a group where its labels and its rows are missing most."""
        group = self.groups[place]
        counts = Counter(group.labels)
        self.rows += len(group.rows)
        self.dealt.update(counts)
        behind = {split: round(self._behind(counts, split), 9) for split in self.shares}
        best = max(self.shares, key=lambda split: behind[split])
        self.chosen[place] = best
        self.sizes[best] += len(group.rows)
        self.given[best].update(counts)

    def _behind(self, counts: Counter[str], split: SplitName) -> float:
        """Rows that a split lacks of its share of what was dealt: of the group's labels on average, and of all."""
        share, given = self.shares[split], self.given[split]
        lacking = sum(count * (share * self.dealt[label] - given[label]) for label, count in counts.items())
        return lacking / counts.total() + share * self.rows - self.sizes[split]

    def place_labels(self, split: SplitName, *, fewest: int) -> None:
        """Move a group of each label that has ``fewest`` groups but none in ``split`` there, if one can be spared."""
        for label in sorted(self.holders):
            holders = self.holders[label]
            if len(holders) < fewest or any(self.chosen[place] == split for place in holders):
                continue
            moves = [self._move(place) for place in holders if split == "train" or self._can_leave(place)]
            if moves:
                self.chosen[min(moves, key=lambda move: (move.donor, move.size, move.place)).place] = split

    def fill_empty(self) -> None:
        """Move the smallest group that can be spared into a split that has none."""
        for split in self.shares:
            if split in self.chosen:
                continue
            left = Counter(self.chosen)
            moves = [self._move(place) for place, donor in enumerate(self.chosen) if left[donor] > 1]
            if moves:
                safe = [move for move in moves if self._can_leave(move.place)] or moves
                self.chosen[min(safe, key=lambda move: (move.size, move.place)).place] = split

    def _move(self, place: int) -> _Move:
        donors: dict[SplitName, int] = {"validation": 1, "train": 0, "test": 2}
        return _Move(donors[self.chosen[place]], len(self.groups[place].rows), place)

    def _can_leave(self, place: int) -> bool:
        """Whether every label of a group has another group in the same split."""
        own = self.chosen[place]
        return own != "train" or all(
            any(self.chosen[other] == own for other in self.holders[label] if other != place)
            for label in self.groups[place].labels
        )
