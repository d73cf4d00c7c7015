"""Rows of a data set that say the same in other words, and what they mean for its split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from metier.core import DataError, Problem, Reporter, step
from metier.core.said import Said
from metier.data.dividing.near_copies import asked
from metier.data.dividing.paraphrases import LONGEST, Embed, paraphrases
from metier.data.lazy import Lazy
from metier.data.ledger import Ledger
from metier.data.settings import ParaphraseSettings

_LARGEST = 0.1
"""A cluster of more than this share of the rows is a subject and no paraphrase; it is not kept together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SameMeaning:
    """What was found.

    Attributes:
        clusters: rows that say the same as others in other words, as indices into the ledger; near copies alone are
            none.
        joined: those that stay on one side of the split.
        summary: for ``data.json``; empty where it was not looked for.
        warnings: what there is to say.
    """

    clusters: tuple[tuple[int, ...], ...] = ()
    joined: tuple[tuple[int, ...], ...] = ()
    summary: dict[str, Any]
    warnings: tuple[str, ...] = ()


def same_meaning(
    ledger: Ledger,
    copies: Sequence[Sequence[int]],
    settings: ParaphraseSettings | None,
    embed: Embed | None,
    *,
    reporter: Reporter,
) -> SameMeaning:
    """Kept rows that say the same in other words.

    Args:
        ledger: before the split.
        copies: near copies, as indices into the ledger; they need no embedder.
        settings: None: nothing is looked for.
        embed: the embedder. None: there is none.
        reporter: told the progress.

    Raises:
        DataError: the recipe asks for it, and there is no embedder.
    """
    if settings is None:
        return SameMeaning(summary={})
    if embed is None:
        raise DataError([_NO_EMBEDDER])
    rows = ledger.kept()
    with step(reporter, "looking for paraphrases", len(rows)) as bar:
        texts = Lazy(len(rows), lambda place: asked(ledger, rows[place]))
        found = paraphrases(texts, settings.likeness, embed, advance=bar.advance)
    home = {index: number for number, cluster in enumerate(copies) for index in cluster}
    clusters = [tuple(rows[place] for place in cluster) for cluster in found.clusters]
    clusters = [cluster for cluster in clusters if not _copies_alone(cluster, home)]
    large = [cluster for cluster in clusters if len(cluster) > max(2, _LARGEST * len(rows))]
    joined = tuple(cluster for cluster in clusters if cluster not in large) if settings.together else ()
    warnings: list[str] = []
    if large:
        warnings.append(
            Said(
                "Texts that follow from one another by meaning: %(n)s of %(rows)s rows, more a subject than a "
                "paraphrase. They are not kept on one side of the split; a higher data.paraphrases.likeness than "
                "%(likeness)s tells them apart.",
                n=f"{max(map(len, large)):,}",
                rows=f"{len(rows):,}",
                likeness=f"{settings.likeness:g}",
            )
        )
    if found.too_long:
        warnings.append(
            Said(
                "Texts of more than %(most)s characters, not compared by meaning: %(n)s; near copies among them are "
                "found by their letters.",
                most=f"{LONGEST:,}",
                n=f"{found.too_long:,}",
            )
        )
    summary = {
        "likeness": settings.likeness,
        "clusters": len(clusters),
        "rows": sum(map(len, clusters)),
        "share": round(sum(map(len, clusters)) / max(len(rows), 1), 4),
        "not_compared": found.too_long,
    }
    return SameMeaning(clusters=tuple(clusters), joined=joined, summary=summary, warnings=tuple(warnings))


def _copies_alone(cluster: Sequence[int], home: dict[int, int]) -> bool:
    """Whether all rows of a cluster are near copies of each other, which is known without an embedder."""
    homes = {home.get(index, -1) for index in cluster}
    return len(homes) == 1 and -1 not in homes


_NO_EMBEDDER = Problem(
    where="the data",
    path="data.paraphrases",
    expected="an embedder that tells which texts say the same",
    got="none",
    remedy="hand one over (prepare(..., embed=...)); a recipe's runs take the recipe's embedder",
)
