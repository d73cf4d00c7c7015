"""What deserves a look in the data: the audit's findings, the grave ones first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from metier.comparison.report.language import tell
from metier.comparison.report.phrases import plural
from metier.comparison.report.reading import Run
from metier.comparison.report.reading.data_room import Finding

_GRAVITY = ("error", "warning", "note")
"""From what makes the figures of a run wrong, over what makes them worse, to what is good to know."""
_MEANINGS = {
    "error": "makes the figures wrong",
    "warning": "makes results worse",
    "note": "good to know",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The section.

    Attributes:
        lead: how much was found, and where all rows stand.
        findings: by gravity, then by the number of rows.
        meanings: what each degree of gravity means, for those that occur.
    """

    lead: str
    findings: tuple[Finding, ...]
    meanings: tuple[tuple[str, str], ...]


def view(run: Run) -> Audit | None:
    """The findings; None where the data was not audited."""
    found = run.data.findings
    if found is None:
        return None
    if not found:
        return Audit(lead=tell("The audit of the data found nothing."), findings=(), meanings=())
    by = Counter(finding.severity for finding in found)
    known = [severity for severity in _GRAVITY if by[severity]]
    place = {severity: number for number, severity in enumerate(_GRAVITY)}
    return Audit(
        lead=tell(
            "%(findings)s. Nothing was changed but what the recipe asks for; all rows of each stand in "
            "data/findings.json.",
            findings=plural(len(found), "finding"),
        ),
        findings=tuple(sorted(found, key=lambda one: (place.get(one.severity, len(place)), -one.count))),
        meanings=tuple((severity, _MEANINGS[severity]) for severity in known),
    )
