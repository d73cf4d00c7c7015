"""Near duplicates among the rows of a data set, and what they mean for its split."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from metier.data.ledger import Ledger
from metier.data.minhash import near_duplicates

THRESHOLD = 0.8
"""Jaccard similarity of 5-character pieces from which two inputs are near duplicates."""
_LARGE = 0.1


def near_clusters(ledger: Ledger, *, advance: Callable[[int], None]) -> list[tuple[int, ...]]:
    """Clusters of kept rows with nearly the same input and turns before it, as indices into the ledger.

    System texts do not count: they are usually the same in every row.
    """
    rows = ledger.kept()
    texts = []
    for index in rows:
        entry = ledger.entries[index]
        said = [message.content for message in entry.history if message.role != "system"]
        texts.append("\n".join([*said, entry.input]))
    found = near_duplicates(texts, THRESHOLD, advance=advance)
    return [tuple(rows[place] for place in cluster) for cluster in found]


def near_warnings(ledger: Ledger, clusters: Sequence[Sequence[int]], *, given: bool) -> list[str]:
    """What is to be said about near duplicates once every row has its split.

    Args:
        ledger: with splits.
        clusters: as from :func:`near_clusters`.
        given: whether the split came with the data, so that near duplicates may stand on both sides.
    """
    rows = len(ledger.kept())
    largest = max(map(len, clusters), default=0)
    warnings: list[str] = []
    if given and (learnt := _beside_test(ledger, clusters)):
        warnings.append(
            f"{learnt:,} training rows are near duplicates of a test row (at least {THRESHOLD:.0%} of their 5-character"
            " pieces shared, directly or through other rows); they stay, as the split was given."
        )
    if largest > _LARGE * rows:
        warnings.append(
            f"{largest:,} of {rows:,} rows are near copies of one another. If a long text that they share causes this,"
            " move it to task.instruction."
        )
    return warnings


def _beside_test(ledger: Ledger, clusters: Sequence[Sequence[int]]) -> int:
    """Training rows in a cluster with a test row."""
    count = 0
    for cluster in clusters:
        splits = [ledger.split_of(index) for index in cluster]
        count += splits.count("train") if "test" in splits else 0
    return count
