"""Hidden characters and sentences that talk to a model: the usual carriers of injected instructions."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from metier.core.said import Said
from metier.data.auditing.finding import Finding, Hits, View

_HIDDEN = re.compile(
    "[\u200b\u2060-\u2064\u206a-\u206f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f\u180e\u00ad]"
    "|[\x00-\x08\x0b\x0e-\x1f\x7f]"
)
_JOINERS = re.compile("(?<=[a-zA-Z])[\u200c\u200d](?=[a-zA-Z])")
"""Joiners are right in some scripts and in emoji, never between Latin letters."""
_COMMANDS = re.compile(
    r"(?i)\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:previous|prior|above|earlier|all|your|the|any)\b.{0,30}"
    r"\b(?:instructions?|prompts?|rules?|messages?|directions?|guidelines?)\b"
    r"|\bsystem prompt\b"
    r"|\byou are now (?:a|an|in|the|DAN)\b"
    r"|\bdo not (?:tell|reveal to|inform) the user\b"
    r"|\b(?:always|you must) (?:answer|reply|respond|classify|label|output)(?: it| this)? (?:with|as)\b"
    r"|<\|?(?:im_start|im_end|system|endoftext|eot_id)\|?>"
    r"|\[/?INST\]|<<SYS>>"
)


def detect(view: View) -> list[Finding]:
    """In inputs, earlier turns and answers of every row that is used."""
    hidden, commands = Hits(), Hits()
    for row in view.kept:
        text = "\n".join([row.turns, row.input, row.target])
        if found := _HIDDEN.findall(text) + _JOINERS.findall(text):
            named = Counter(unicodedata.name(mark, f"U+{ord(mark):04X}").lower() for mark in found)
            hidden.add(row.id, f"{row.id}: {', '.join(f'{name} ({count})' for name, count in named.most_common(3))}")
        if command := _COMMANDS.search(text):
            around = text[max(0, command.start() - 20) : command.end() + 40]
            commands.add(row.id, f"{row.id}: …{around}…")
    return [
        Finding(id=name, severity="warning", title=title, rows=tuple(hits.ids), samples=hits.samples, remedy=do)
        for name, title, hits, do in (
            (
                "hidden.characters",
                Said("Characters that nobody sees"),
                hidden,
                Said("look at these rows; remove the characters unless the language needs them"),
            ),
            (
                "hidden.instructions",
                Said("Texts that give a model instructions"),
                commands,
                Said("look at these rows; leave them out if nobody wrote them in earnest"),
            ),
        )
        if hits.ids
    ]
