"""Tagging schemes: how pieces of a text are said by a tag on each of its units, and read back from the likeliest tags.

``bio`` (Ramshaw and Marcus 1995, arXiv cmp-lg/9505040, in its later form in which every piece begins with B): B begins
a piece, I goes on with it, O is none. ``bioes`` says the end too: E ends a piece of several units, S is one of a single
unit; BILOU is the same with other letters. Ratinov and Roth (2009, "Design Challenges and Misconceptions in Named
Entity Recognition") found it a little better than BIO.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from metier.core.tasks.extract import Span

_FOLLOWS = {"O": "OBS", "B": "IE", "I": "IE", "E": "OBS", "S": "OBS"}
"""Parts of a tag to what may come next; I and E go on with the same label."""


class Scheme(NamedTuple):
    """A tagging scheme: tag 0 is O, then come the ``parts`` of each label in turn.

    Attributes:
        name: what people call it.
        parts: letters of a label's tags.
    """

    name: str
    parts: str

    def count(self, labels: int) -> int:
        """How many tags there are."""
        return 1 + len(self.parts) * labels

    def part(self, tag: int) -> str:
        """The letter of a tag."""
        return self.parts[(tag - 1) % len(self.parts)] if tag else "O"

    def label(self, tag: int) -> int:
        """The index of a tag's label; -1 for O."""
        return (tag - 1) // len(self.parts) if tag else -1

    def tag(self, start: int, end: int, span: Span, label: int) -> int:
        """The tag of a unit from ``start`` to ``end`` that belongs to ``span`` with that label."""
        begins, ends = start <= span.start, end >= span.end
        part = "S" if begins and ends else "B" if begins else "E" if ends else "I"
        if part not in self.parts:
            part = "B" if begins else "I"
        return 1 + len(self.parts) * label + self.parts.index(part)

    def allowed(self, labels: int) -> Any:
        """Whether the tag of each row may be followed by that of each column, bool [K, K]."""
        count = self.count(labels)
        found = np.zeros((count, count), dtype=bool)
        for before in range(count):
            for after in range(count):
                part = self.part(after)
                goes_on = part in "IE" and self.label(before) == self.label(after)
                found[before, after] = part in self._follows(before) and (goes_on or part not in "IE")
        return found

    def may_end(self, labels: int) -> Any:
        """Whether a text may end with each tag, bool [K]."""
        return np.array(["O" in self._follows(tag) for tag in range(self.count(labels))])

    def _follows(self, tag: int) -> str:
        """What may come behind a tag; without E, a piece ends anywhere."""
        return _FOLLOWS[self.part(tag)] if "E" in self.parts else "OBI" if tag else "OB"


SCHEMES = {"bio": Scheme("BIO", "BI"), "bioes": Scheme("BIOES", "BIES")}
"""By the name that ``weights.tagging`` has for it."""


def best_path(logits: Any, scheme: Scheme) -> list[int]:
    """The likeliest sequence of tags among those that the scheme allows (Viterbi).

    Args:
        logits: of each unit's tags, [U, K] with U at least 1.
        scheme: what may follow what.
    """
    scores = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    labels = (scores.shape[1] - 1) // len(scheme.parts)
    step = np.where(scheme.allowed(labels), 0.0, -np.inf)
    best = scores[0] + step[0]  # a text begins as what stands behind O
    came: list[Any] = []
    for row in scores[1:]:
        paths = best[:, None] + step
        before = paths.argmax(axis=0)
        came.append(before)
        best = paths[before, np.arange(len(row))] + row
    path = [int(np.where(scheme.may_end(labels), best, -np.inf).argmax())]
    for before in reversed(came):
        path.append(int(before[path[-1]]))
    return path[::-1]
