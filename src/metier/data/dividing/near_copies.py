"""Near duplicates among the rows of a data set, and what they mean for its split."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from metier.core.said import Said, joined
from metier.data.dividing.minhash import near_duplicates
from metier.data.lazy import Lazy
from metier.data.ledger import Ledger

THRESHOLD = 0.8
"""Jaccard similarity of 5-character pieces from which two inputs are near duplicates."""
_LARGEST = 0.5
"""A cluster of more than this share of the rows is not kept together: no split could be made of the rest."""
_LARGE = 0.1
"""A cluster of more than this share of the rows is worth a warning."""


def near_clusters(ledger: Ledger, *, advance: Callable[[int], None]) -> list[tuple[int, ...]]:
    """Clusters of kept rows with nearly the same input and turns before it, as indices into the ledger."""
    rows = ledger.kept()
    texts = Lazy(len(rows), lambda place: asked(ledger, rows[place]))
    found = near_duplicates(texts, THRESHOLD, advance=advance)
    return [tuple(rows[place] for place in cluster) for cluster in found]


def asked(ledger: Ledger, index: int) -> str:
    """The input of a row with what was said before it; system texts, usually the same in every row, do not count."""
    entry = ledger.entries[index]
    said = [message.content for message in entry.history if message.role != "system"]
    return "\n".join([*said, entry.input])


def joinable(clusters: Sequence[Sequence[int]], rows: int) -> list[Sequence[int]]:
    """The clusters that leave room for a split of so many rows."""
    return [cluster for cluster in clusters if len(cluster) <= _LARGEST * rows]


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
    if given and (beside := _beside_test(ledger, clusters)):
        warnings.append(
            Said(
                "Rows of other splits that are near duplicates of a test row: %(n)s (at least %(share)s of their "
                "5-character pieces are shared, directly or through other rows). They stay, as the split was given.",
                n=f"{beside:,}",
                share=f"{THRESHOLD:.0%}",
            )
        )
    if largest > _LARGE * rows:
        divided = largest > _LARGEST * rows and not given
        copies = Said("Near copies of one another: %(n)s of %(rows)s rows.", n=f"{largest:,}", rows=f"{rows:,}")
        flattered = Said("They are divided all the same, so that test figures look better than they are.")
        move = Said("If a long text that they share causes this, move it to task.instruction.")
        warnings.append(joined([copies, flattered if divided else "", move]))
    return warnings


def _beside_test(ledger: Ledger, clusters: Sequence[Sequence[int]]) -> int:
    """Rows of other splits in a cluster with a test row."""
    count = 0
    for cluster in clusters:
        splits = [ledger.split_of(index) for index in cluster]
        count += len(splits) - splits.count("test") if "test" in splits else 0
    return count
