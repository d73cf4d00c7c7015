"""Personal data in inputs, earlier turns and answers, by kind."""

from __future__ import annotations

from collections import defaultdict

from metier.core.said import Said
from metier.data.auditing.finding import Finding, Hits, View
from metier.data.auditing.likely_personal import LIKELY
from metier.data.auditing.personal import personal_places

_IDS = {
    "e-mail addresses": "personal.email",
    "bank accounts (IBAN)": "personal.iban",
    "card numbers": "personal.card",
    "national ids": "personal.national",
    "telephone numbers": "personal.phone",
    "network addresses": "personal.network",
    "keys and tokens": "personal.key",
    "names (probably)": "personal.name",
    "addresses (probably)": "personal.address",
    "places (probably)": "personal.place",
}


def detect(view: View) -> list[Finding]:
    """One finding for each kind; the samples show its places masked but for their first two characters.

    Names, addresses and places are guesses, and notes.
    """
    hits: defaultdict[str, Hits] = defaultdict(Hits)
    for row in view.kept:
        text = "\n".join([row.turns, row.input, row.target])
        for place in (*personal_places(text), *view.guess(text)):
            if hits[place.kind].ids[-1:] != [row.id]:
                before = text[max(0, place.start - 30) : place.start]
                hits[place.kind].add(row.id, f"{row.id}: …{before}{text[place.start : place.start + 2]}***")
    return [
        Finding(
            id=_IDS[kind],
            severity="note" if kind in LIKELY else "warning",
            title=Said(kind[0].upper() + kind[1:]),
            rows=tuple(found.ids),
            samples=found.samples,
            remedy=Said("look whether they are persons' own, then have them masked too")
            if kind in LIKELY
            else Said("keep them out of prompts and weights"),
            fix=f"data.personal=mask, pseudonym or drop{', with data.personal_guesses=true' if kind in LIKELY else ''}",
        )
        for kind, found in hits.items()
    ]
