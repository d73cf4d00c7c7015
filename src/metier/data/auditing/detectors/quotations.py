"""Test rows that what a model is given beside the question already has: documents to retrieve from, instructions.

An answer that stands in the documents is no finding: that is what they are for. A leak is a test question *with* its
answer, as in an export of solved cases that the test rows are part of; and any test row in an instruction.
"""

from __future__ import annotations

from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.auditing.finding import Finding, View, finding
from metier.data.auditing.quoting import Quoted, quoted
from metier.data.values import shorten


def detect(view: View) -> list[Finding]:
    """For tasks whose answers are not places in the input itself."""
    form = form_of(view.kind)
    if form.placed or not form.answered:
        return []
    test = view.of("test")
    asked = quoted(test, view.documents, form)
    told = quoted(test, view.instructions, form)
    return [
        *finding(
            "contamination.documents",
            Said("Test questions that stand in the documents with their answer"),
            [_line(one) for one in asked if one.answered],
            [one.row.id for one in asked if one.answered],
            Said(
                "retrieval only has to look them up: take these cases out of data.documents, unless new questions will "
                "stand there too, as in a list of frequent questions"
            ),
        ),
        *finding(
            "contamination.asked",
            Said("Test inputs that stand in the documents, without their answer"),
            [_line(one) for one in asked if not one.answered],
            [one.row.id for one in asked if not one.answered],
            Said("no leak by itself; look whether the answer stands there in other words"),
            severity="note",
        ),
        *finding(
            "contamination.instruction",
            Said("Test rows that are quoted in an instruction"),
            [_line(one) for one in told],
            [one.row.id for one in told],
            Said("take training rows as examples there; whatever reads this instruction has seen a part of the test"),
        ),
    ]


def _line(one: Quoted) -> str:
    return f"{one.row.id} in {one.name}: {shorten(one.row.input, limit=90)}"
