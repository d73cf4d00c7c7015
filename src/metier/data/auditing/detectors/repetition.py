"""Rows that repeat another row's input, and rows that do so with another answer."""

from __future__ import annotations

from metier.core.tasks import form_of
from metier.data.auditing.finding import Finding, View, samples


def detect(view: View) -> list[Finding]:
    """From the ledger: what was marked as a repetition while the data was prepared."""
    repeated = [row for row in view.rows if row.why.startswith("same input as")]
    differing = [row for row in view.rows if "s differ: " in row.why]
    found: list[Finding] = []
    if repeated:
        found.append(
            Finding(
                id="repetition.exact",
                severity="note",
                title="Rows that ask the same as an earlier row (not used)",
                rows=tuple(row.id for row in repeated),
                samples=samples([f"{row.id}: {row.why}" for row in repeated]),
                remedy="nothing; only the first of them is learnt from",
            )
        )
    if differing:
        found.append(
            Finding(
                id="repetition.differing",
                severity="warning",
                title=f"The same input with a different {form_of(view.kind).noun}",
                rows=tuple(row.id for row in differing),
                samples=samples([f"{row.id}: {row.why}" for row in differing]),
                remedy="decide which is right, or give the input what tells the cases apart",
            )
        )
    return found
