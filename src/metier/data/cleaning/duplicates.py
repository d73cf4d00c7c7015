"""Rows that ask the same twice: the later ones are not used, and nothing that stands in the test set is learnt.

Inputs are the same where they agree after Unicode NFKC, folding of case and white space, with the turns before them.
A test set that was given stays exactly as it is, so that its figures remain comparable with published ones; copies of
its texts leave the training rows instead.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from metier.core import SplitName
from metier.core.said import Said
from metier.core.tasks import TaskForm
from metier.data.digests import digest, repeats
from metier.data.ledger import Ledger
from metier.data.understanding.entry import Entry
from metier.data.values import normalise, shorten

_ORDER: dict[SplitName | None, int] = {"test": 0, "validation": 1, "train": 2, None: 3}


@dataclass(slots=True)
class _Findings:
    """Counts and a first example of each kind of repetition."""

    counts: Counter[str] = field(default_factory=lambda: Counter[str]())
    examples: dict[str, str] = field(default_factory=lambda: {})

    def note(self, kind: str, example: str) -> None:
        self.counts[kind] += 1
        self.examples.setdefault(kind, example)


def fingerprint(entry: Entry) -> bytes:
    """A digest that is equal for entries with the same input after the same turns."""
    parts = [normalise(entry.input)]
    for message in entry.history:
        parts += [message.role, normalise(message.content)]
    return digest("\0".join(parts))


def mark_duplicates(ledger: Ledger, form: TaskForm) -> list[str]:
    """Mark the repeated rows among those kept, and say what was found.

    Args:
        ledger: entries with ``split`` set are of a given split.
        form: what targets are.
    """
    findings = _Findings()
    kept = ledger.kept()
    ranks, digests = bytearray(), bytearray()
    for index in kept:
        entry = ledger.entries[index]
        ranks.append(_ORDER[entry.split])
        digests += fingerprint(entry)
    places = np.argsort(np.frombuffer(ranks, np.uint8), kind="stable")
    order = np.asarray(kept)[places]
    ranked = np.frombuffer(digests, np.uint64).reshape(-1, 2)[places].tobytes()
    for later, first in zip(*repeats(ranked), strict=True):
        _judge(ledger, int(order[later]), ledger.entries[int(order[first])], findings, form)
    return _sentences(findings, form.noun)


def _judge(ledger: Ledger, index: int, earlier: Entry, findings: _Findings, form: TaskForm) -> None:
    entry = ledger.entries[index]
    pair = f"{earlier.id} and {entry.id}"
    differ = normalise(entry.target) != normalise(earlier.target)
    if differ:
        findings.note("differing", pair)
    if entry.split == "test":
        findings.note("inside_test", pair)
        return
    if earlier.split != entry.split:
        findings.note(f"in_{earlier.split}", pair)
        why = f"stands in the {earlier.split} set: {earlier.id}"
    else:
        why = f"same input as {earlier.id}"
    if differ:
        told = " / ".join(shorten(form.shown(one.target)) for one in (earlier, entry))
        why += f" but the {form.noun}s differ: {told}"
    ledger.mark(index, "duplicate", why)


def _sentences(findings: _Findings, noun: str) -> list[str]:
    texts = {
        "in_test": "Rows of other splits whose input also stands in the test set: %(n)s, not used; the test set stays "
        "as it was given (e.g. %(e)s).",
        "in_validation": "Training rows whose input also stands in the validation set: %(n)s, not used (e.g. %(e)s).",
        "inside_test": "Test rows that repeat the input of another test row: %(n)s, kept, as published figures count "
        "them (e.g. %(e)s).",
        "differing": "Rows with the same input as another row but %(noun)s: %(n)s (e.g. %(e)s).",
    }
    return [
        Said(texts[kind], n=f"{findings.counts[kind]:,}", e=findings.examples[kind], noun=Said(f"a different {noun}"))
        for kind in texts
        if findings.counts[kind]
    ]
