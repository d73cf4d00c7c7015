"""A random split: sizes by the shares, labels not looked at."""

from __future__ import annotations

from collections.abc import Sequence

from metier.core import SplitName
from metier.data.dividing.splits.groups import Group
from metier.data.dividing.splits.stratified import Shares, stratified
from metier.data.lazy import Lazy


def random(groups: Sequence[Group], shares: Shares, *, seed: int) -> list[SplitName]:
    """The split of each group: a stratified split in which all rows have the same label.

    Args:
        groups: what must stay together.
        shares: each split's share of the rows; they sum to 1.
        seed: from :func:`metier.core.derive`.
    """

    def unlabelled(place: int) -> Group:
        rows = groups[place].rows
        return Group(rows, ("",) * len(rows))

    return stratified(Lazy(len(groups), unlabelled), shares, seed=seed)
