"""Answers that break off, where nearly all others end like a sentence."""

from __future__ import annotations

from metier.core.tasks import form_of
from metier.data.auditing.finding import Finding, View, samples

_ENDS = frozenset(".!?…:;)]}\"'»”’。！？）】」』|>`*")
_USUAL = 0.8
"""Share of the answers that must end like a sentence before the others are doubted."""
_SHORT = 40
"""Shorter answers are often no sentences."""


def detect(view: View) -> list[Finding]:
    """For answers that are texts: those without an end, where at least 80% of the longer ones have one."""
    if not form_of(view.kind).free_text:
        return []
    long = [row for row in view.kept if len(row.target.strip()) >= _SHORT]
    open_ends = [row for row in long if row.target.strip()[-1] not in _ENDS]
    if not open_ends or len(open_ends) > (1 - _USUAL) * len(long):
        return []
    return [
        Finding(
            id="unfinished.answers",
            severity="warning",
            title="Answers that seem to break off",
            rows=tuple(row.id for row in open_ends),
            samples=samples([f"{row.id}: …{row.target.strip()[-60:]}" for row in open_ends]),
            remedy="complete them or leave them out: a model learns to stop there",
        )
    ]
