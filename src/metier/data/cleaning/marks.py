"""Marked pieces of texts: those that nobody asks for are taken out, those that a model cannot learn are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from metier.core.names import listed
from metier.core.said import Said
from metier.core.tasks.extract import spans_in, target_of, without_overlaps
from metier.data.understanding.entry import Entry
from metier.data.understanding.staged_entries import staged_entries


def keep_wanted(entries: Sequence[Entry], labels: Sequence[str] | None) -> tuple[Sequence[Entry], list[str]]:
    """The entries with the marks that are asked for, and what there is to say about the marks.

    Args:
        entries: every input row; targets as :mod:`metier.core.tasks.extract` has them.
        labels: those of the recipe. None: all.
    """
    others, overlapping = Counter[str](), 0
    kept = staged_entries()
    for entry in entries:
        spans = spans_in(entry.target) if entry.target else []
        wanted = [span for span in spans if labels is None or span.label in labels]
        others.update(span.label for span in spans if span not in wanted)
        overlapping += len(wanted) - len(without_overlaps(wanted))
        kept.append(entry if wanted == spans else replace(entry, target=target_of(entry.input, wanted)))
    warnings: list[str] = []
    if others:
        told = listed([f"{label} ({count:,})" for label, count in sorted(others.items())], limit=6)
        others_told = "Pieces with labels that task.labels does not name are not looked for: %(labels)s."
        warnings.append(Said(others_told, labels=told))
    if overlapping:
        warnings.append(
            Said(
                "Pieces that overlap a longer one: %(n)s. They are measured, but encoders and the dictionary floor "
                "answer without overlaps and cannot find them.",
                n=f"{overlapping:,}",
            )
        )
    return kept, warnings
