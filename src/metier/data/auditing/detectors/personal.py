"""Personal data in inputs, earlier turns and answers, by kind."""

from __future__ import annotations

from collections import defaultdict

from metier.data.auditing.finding import Finding, View, samples
from metier.data.auditing.personal import personal_places

_IDS = {
    "e-mail addresses": "personal.email",
    "bank accounts (IBAN)": "personal.iban",
    "card numbers": "personal.card",
    "national ids": "personal.national",
    "telephone numbers": "personal.phone",
    "network addresses": "personal.network",
    "keys and tokens": "personal.key",
}


def detect(view: View) -> list[Finding]:
    """One finding for each kind; the samples show its places masked but for their first two characters."""
    rows: defaultdict[str, list[str]] = defaultdict(list)
    shown: defaultdict[str, list[str]] = defaultdict(list)
    for row in view.kept:
        text = "\n".join([row.turns, row.input, row.target])
        for place in personal_places(text):
            if not rows[place.kind] or rows[place.kind][-1] != row.id:
                rows[place.kind].append(row.id)
                before = text[max(0, place.start - 30) : place.start]
                shown[place.kind].append(f"{row.id}: …{before}{text[place.start : place.start + 2]}***")
    return [
        Finding(
            id=_IDS[kind],
            severity="warning",
            title=kind[0].upper() + kind[1:],
            rows=tuple(ids),
            samples=samples(shown[kind]),
            remedy="keep them out of prompts and weights",
            fix="data.personal=mask, pseudonym or drop",
        )
        for kind, ids in rows.items()
    ]
