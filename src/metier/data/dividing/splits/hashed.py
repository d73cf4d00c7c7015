"""A split by the hash of a key: a group that is in a split stays there, whatever rows are added later."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from metier.core import SplitName
from metier.data.dividing.splits.stratified import Shares

_ORDER: tuple[SplitName, ...] = ("test", "validation", "train")


def hashed(keys: Sequence[str], shares: Shares) -> list[SplitName]:
    """The split of each key; it depends on the key and the shares alone, not on other keys and not on a seed.

    Args:
        keys: one for each group.
        shares: each split's share; they sum to 1. Sizes vary around them as chance has it.

    >>> hashed(["customer 1"], {"train": 0.7, "validation": 0.1, "test": 0.2}) == hashed(
    ...     ["customer 0", "customer 1"], {"train": 0.7, "validation": 0.1, "test": 0.2})[1:]
    True
    """
    return [_split(key, shares) for key in keys]


def _split(key: str, shares: Shares) -> SplitName:
    place = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()) / 2**64
    edge = 0.0
    for split in _ORDER:
        edge += shares.get(split, 0.0)
        if place < edge:
            return split
    return "train"
