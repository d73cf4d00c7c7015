"""The ledger: one line for each input row, and what became of it. Its totals are always the rows that came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from metier.core import SplitName
from metier.data.understanding.entries import Entry

Status = Literal["kept", "duplicate", "empty", "label_missing", "label_unknown", "left_out"]
STATUSES: tuple[Status, ...] = ("kept", "duplicate", "empty", "label_missing", "label_unknown", "left_out")
"""Everything that can become of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """What became of one input row.

    Attributes:
        id: the row's id, as in its Example.
        file: the source file's name.
        row: number of the row in that file, from 1.
        status: one of ``STATUSES``.
        why: a sentence where it was not kept, or where its text was changed; else empty.
        split: the split of a kept row; None otherwise.
        label: its target, where that is a label or a set of labels; None otherwise or where it has none.
        characters: length of its input.
    """

    id: str
    file: str
    row: int
    status: Status
    why: str
    split: SplitName | None
    label: str | None
    characters: int


class Ledger:
    """The rows of a data set while they are judged. Every row is kept until it is marked; a mark is final.

    Args:
        entries: every input row, in the order of the files.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self._status: list[Status] = ["kept"] * len(self.entries)
        self._why = [""] * len(self.entries)
        self._split: list[SplitName | None] = [None] * len(self.entries)

    def mark(self, index: int, status: Status, why: str) -> None:
        """Row ``index`` (from 0) is not used, and why."""
        assert self._status[index] == "kept", f"row {index} is already marked {self._status[index]}"
        self._status[index], self._why[index], self._split[index] = status, why, None

    def note(self, index: int, what: str) -> None:
        """Say something of a row that is kept (``mask: 1 e-mail``)."""
        self._why[index] = what

    def place(self, index: int, split: SplitName) -> None:
        """Row ``index`` goes into ``split``."""
        assert self._status[index] == "kept", f"row {index} is marked {self._status[index]}"
        self._split[index] = split

    def kept(self, split: SplitName | None = None) -> list[int]:
        """Indices of the rows that are kept, in order; of one split only where it is named."""
        return [
            index
            for index, status in enumerate(self._status)
            if status == "kept" and (split is None or self._split[index] == split)
        ]

    def marked(self, why: str) -> list[int]:
        """Indices of the rows that are not used for this reason, in order."""
        return [index for index, reason in enumerate(self._why) if reason == why and self._status[index] != "kept"]

    def split_of(self, index: int) -> SplitName | None:
        """The split of row ``index``; None where it has none yet."""
        return self._split[index]

    def rows(self, *, labels: bool) -> Iterator[LedgerRow]:
        """Every row's line; ``labels``: whether targets are labels."""
        for entry, status, why, split in zip(self.entries, self._status, self._why, self._split, strict=True):
            yield LedgerRow(
                id=entry.id,
                file=entry.file,
                row=entry.row,
                status=status,
                why=why,
                split=split,
                label=(entry.target or None) if labels else None,
                characters=len(entry.input),
            )

    def totals(self) -> dict[str, dict[str, int]]:
        """Status to split (empty for none) to number of rows; every status is there."""
        counts = Counter(zip(self._status, self._split, strict=True))
        totals: dict[str, dict[str, int]] = {status: {} for status in STATUSES}
        for (status, split), number in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1] or "")):
            totals[status][split or ""] = number
        return totals
