"""Labels with few rows, and labels that most rows have."""

from __future__ import annotations

from collections import Counter

from metier.core.said import Said
from metier.data.auditing.finding import Finding, View

FEWEST = 8
"""Training rows below which a label is hardly learnt."""
_ONE_SIDED = 0.8


def detect(view: View) -> list[Finding]:
    """For ``classify`` only."""
    if view.kind != "classify":
        return []
    train = view.of("train")
    counts = Counter(row.target for row in train)
    every = {row.target for row in view.kept}
    found: list[Finding] = []
    rare = sorted((label for label in every if counts[label] < FEWEST), key=lambda label: (counts[label], label))
    if rare:
        found.append(
            Finding(
                id="balance.rare",
                severity="warning",
                title=Said(
                    "Labels with fewer than %(n)s training rows (%(labels)s labels)",
                    n=str(FEWEST),
                    labels=str(len(rare)),
                ),
                rows=tuple(row.id for row in train if row.target in set(rare)),
                samples=(", ".join(f"{label} ({counts[label]})" for label in rare[:8]),),
                remedy=Said("add rows of these labels, or join them with others"),
            )
        )
    label, most = max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if most > _ONE_SIDED * len(train) > 0:
        found.append(
            Finding(
                id="balance.one_sided",
                severity="warning",
                title=Said("One label has %(share)s of the training rows", share=f"{most / len(train):.0%}"),
                rows=tuple(row.id for row in train if row.target != label),
                samples=(f"{label}: {most:,} of {len(train):,}; the others are listed as rows",),
                remedy=Said("judge by macro-F1 and not by accuracy; add rows of the other labels"),
            )
        )
    return found
