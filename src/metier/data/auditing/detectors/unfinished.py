"""Answers that break off, where nearly all others end like a sentence."""

from __future__ import annotations

from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.auditing.finding import Finding, Hits, View

_ENDS = frozenset(".!?…:;)]}\"'»”’。！？）】」』|>`*")
_USUAL = 0.8
"""Share of the answers that must end like a sentence before the others are doubted."""
_SHORT = 40
"""Shorter answers are often no sentences."""


def detect(view: View) -> list[Finding]:
    """For answers that are texts: those without an end, where at least 80% of the longer ones have one."""
    if not form_of(view.kind).free_text:
        return []
    long, open_ends = 0, Hits()
    for row in view.kept:
        answer = row.target.strip()
        if len(answer) >= _SHORT:
            long += 1
            if answer[-1] not in _ENDS:
                open_ends.add(row.id, f"{row.id}: …{answer[-60:]}")
    if not open_ends.ids or len(open_ends.ids) > (1 - _USUAL) * long:
        return []
    return [
        Finding(
            id="unfinished.answers",
            severity="warning",
            title=Said("Answers that seem to break off"),
            rows=tuple(open_ends.ids),
            samples=open_ends.samples,
            remedy=Said("complete them or leave them out: a model learns to stop there"),
        )
    ]
