"""What an audit looks at and what it finds."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from metier.core import SplitName, TaskKind
from metier.core.types import NO_FIELDS
from metier.data.auditing.likely_personal import Guess, likely_places
from metier.data.lazy import Lazy

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""From what makes the figures of a run wrong, over what makes them worse, to what is good to know."""
_SAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One input row as an audit sees it.

    Attributes:
        id: as in the ledger.
        split: where it went; None for a row that is not used.
        why: why it is not used; empty for the others.
        input: what is answered; empty for a row that is not used.
        target: the answer.
        turns: what was said before, in one text.
        fields: further columns.
    """

    id: str
    split: SplitName | None
    why: str = ""
    input: str = ""
    target: str = ""
    turns: str = ""
    fields: Mapping[str, Any] = field(default_factory=lambda: NO_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What detectors look at.

    Attributes:
        kind: kind of task.
        given: whether the split came with the data.
        rows: every input row, in the ledger's order; of a large data set each is made when it is asked for, so that a
            detector goes through them and holds none.
        splits: where each of them went; None for one that is not used.
        seed: of everything random.
        paraphrases: ids of rows that say the same in other words, cluster by cluster.
        documents: what is retrieved from, as name and text. Empty: nothing, or it is not at hand.
        instructions: what models are told, as name and text.
        watched: words and phrases of the user's own list.
        guess: finds what is personal by the words around it.
    """

    kind: TaskKind
    given: bool
    rows: Sequence[Row]
    splits: Sequence[SplitName | None]
    seed: int = 0
    paraphrases: tuple[tuple[str, ...], ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    instructions: tuple[tuple[str, str], ...] = ()
    watched: tuple[str, ...] = ()
    guess: Guess = likely_places

    @property
    def kept(self) -> Sequence[Row]:
        """Rows that are used."""
        return self.of("train", "validation", "test")

    def of(self, *splits: SplitName) -> Sequence[Row]:
        """Rows of these splits."""
        places = array("q", (place for place, split in enumerate(self.splits) if split in splits))
        return Lazy(len(places), lambda item: self.rows[places[item]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about the data that deserves a look.

    Attributes:
        id: stable name, the detector's or one that begins with it (``personal.email``).
        severity: ``error``, ``warning`` or ``note``.
        title: what was found, in a sentence without its count.
        rows: ids of the rows, most suspicious first.
        samples: the first few, as a person reads them.
        remedy: what to do.
        fix: a setting that lets Metier do it (``data.personal=mask``); empty where a person must.
    """

    id: str
    severity: Severity
    title: str
    rows: tuple[str, ...]
    samples: tuple[str, ...]
    remedy: str
    fix: str = ""


def finding(
    id: str, title: str, lines: list[str], rows: list[str], remedy: str, *, severity: Severity = "warning"
) -> list[Finding]:
    """One finding about rows, by their ids, the first three ``lines`` as its samples; none where there are no rows."""
    if not rows:
        return []
    ids = tuple(dict.fromkeys(rows))
    return [Finding(id=id, severity=severity, title=title, rows=ids, samples=samples(lines), remedy=remedy)]


def samples(lines: list[str]) -> tuple[str, ...]:
    """The first three lines, on one line each and not longer than 160 characters."""
    flat = (" ".join(line.split()) for line in lines[:_SAMPLES])
    return tuple(line if len(line) <= 160 else line[:159] + "…" for line in flat)


class Hits:
    """Rows that a detector found, as it goes through them: their ids, and the first three as a person reads them."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._lines: list[str] = []

    def add(self, id: str, line: str) -> None:
        """One more row."""
        self.ids.append(id)
        if len(self._lines) < _SAMPLES:
            self._lines.append(line)

    @property
    def samples(self) -> tuple[str, ...]:
        """As of :func:`samples`."""
        return samples(self._lines)
