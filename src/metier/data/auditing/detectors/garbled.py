"""Texts that were damaged on the way: replacement characters, UTF-8 read as Latin, HTML remains."""

from __future__ import annotations

import re

from metier.core.said import Said
from metier.data.auditing.finding import Finding, Hits, View

_GARBLED = re.compile("\ufffd|Ã[\u0080-\u00bf¡-¿]|â€[\u0080-\u00bf™œ\u009d“”¦]|Â[\u00a0-\u00bf]|ï¿½")
_MARKUP = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d{2,5});|</?(?:p|br|div|span|li|ul|b|i|a)(?:\s[^<>]*)?/?>")


def detect(view: View) -> list[Finding]:
    """In inputs and answers of every row that is used."""
    found: list[Finding] = []
    for name, pattern, title, remedy in (
        ("garbled.encoding", _GARBLED, Said("Text read in a wrong encoding"), Said("export these rows again as UTF-8")),
        (
            "garbled.markup",
            _MARKUP,
            Said("Remains of HTML"),
            Said("set data.html: text to read these as a person sees them"),
        ),
    ):
        hits = Hits()
        for row in view.kept:
            if hit := pattern.search(f"{row.input}\n{row.target}"):
                hits.add(row.id, f"{row.id}: …{hit.string[max(0, hit.start() - 30) : hit.end() + 30]}…")
        if hits.ids:
            found.append(
                Finding(
                    id=name,
                    severity="warning" if name == "garbled.encoding" else "note",
                    title=title,
                    rows=tuple(hits.ids),
                    samples=hits.samples,
                    remedy=remedy,
                )
            )
    return found
