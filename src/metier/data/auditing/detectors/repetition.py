"""Rows that repeat another row's input, and rows that do so with another answer."""

from __future__ import annotations

from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.auditing.finding import Finding, Hits, View


def detect(view: View) -> list[Finding]:
    """From the ledger: what was marked as a repetition while the data was prepared."""
    repeated, differing = Hits(), Hits()
    for row in view.rows:
        if row.why.startswith("same input as"):
            repeated.add(row.id, f"{row.id}: {row.why}")
        if "s differ: " in row.why:
            differing.add(row.id, f"{row.id}: {row.why}")
    found: list[Finding] = []
    if repeated.ids:
        found.append(
            Finding(
                id="repetition.exact",
                severity="note",
                title=Said("Rows that ask the same as an earlier row (not used)"),
                rows=tuple(repeated.ids),
                samples=repeated.samples,
                remedy=Said("nothing; only the first of them is learnt from"),
            )
        )
    if differing.ids:
        found.append(
            Finding(
                id="repetition.differing",
                severity="warning",
                title=Said("The same input with %(noun)s", noun=Said(f"a different {form_of(view.kind).noun}")),
                rows=tuple(differing.ids),
                samples=differing.samples,
                remedy=Said("decide which is right, or give the input what tells the cases apart"),
            )
        )
    return found
