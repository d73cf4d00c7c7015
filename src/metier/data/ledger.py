"""The ledger: one line for each input row, and what became of it. Its totals are always the rows that came in."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metier.core import SplitName
from metier.data.lazy import Lazy
from metier.data.understanding.entry import Entry

Status = Literal["kept", "duplicate", "empty", "label_missing", "label_unknown", "left_out"]
STATUSES: tuple[Status, ...] = ("kept", "duplicate", "empty", "label_missing", "label_unknown", "left_out")
"""Everything that can become of a row."""
_DIFFERENT = 100_000
"""Different targets that are held, at most."""
_SPLITS: tuple[SplitName | None, ...] = (None, "train", "validation", "test")


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

    Of each row six bytes are held, four more once targets are asked for, and a sentence for each different reason.

    Args:
        entries: every input row, in the order of the files.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self._status = bytearray(len(entries))
        self._split = bytearray(len(entries))
        self._why = array("I", bytes(4 * len(entries)))
        self._reasons: dict[str, int] = {"": 0}

    @cached_property
    def targets(self) -> Sequence[str]:
        """The target of each row; of those that repeat, as labels do, four bytes are held, others are read again."""
        codes, known = array("I"), dict[str, int]()
        for entry in self.entries:
            codes.append(known.setdefault(entry.target, len(known)))
            if len(known) > _DIFFERENT:
                return Lazy(len(self.entries), lambda index: self.entries[index].target)
        names = tuple(known)
        return Lazy(len(codes), lambda index: names[codes[index]])

    def mark(self, index: int, status: Status, why: str) -> None:
        """Row ``index`` (from 0) is not used, and why."""
        assert not self._status[index], f"row {index} is already marked {STATUSES[self._status[index]]}"
        self._status[index], self._split[index] = STATUSES.index(status), 0
        self.note(index, why)

    def note(self, index: int, what: str) -> None:
        """Say something of a row that is kept (``mask: 1 e-mail``)."""
        self._why[index] = self._reasons.setdefault(what, len(self._reasons))

    def place(self, index: int, split: SplitName) -> None:
        """Row ``index`` goes into ``split``."""
        assert not self._status[index], f"row {index} is marked {STATUSES[self._status[index]]}"
        self._split[index] = _SPLITS.index(split)

    def kept(self, split: SplitName | None = None) -> Sequence[int]:
        """Indices of the rows that are kept, in order; of one split only where it is named."""
        chosen = np.frombuffer(self._status, np.uint8) == 0
        if split is not None:
            chosen &= np.frombuffer(self._split, np.uint8) == _SPLITS.index(split)
        return _indices(chosen)

    def marked(self, why: str) -> Sequence[int]:
        """Indices of the rows that are not used for this reason, in order."""
        if why not in self._reasons:
            return ()
        told = np.frombuffer(self._why, np.uint32) == self._reasons[why]
        return _indices(told & (np.frombuffer(self._status, np.uint8) != 0))

    def split_of(self, index: int) -> SplitName | None:
        """The split of row ``index``; None where it has none yet."""
        return _SPLITS[self._split[index]]

    def rows(self, *, labels: bool) -> Sequence[LedgerRow]:
        """Every row's line, made when it is asked for; ``labels``: whether targets are labels."""
        reasons = list(self._reasons)

        def line(index: int) -> LedgerRow:
            entry = self.entries[index]
            return LedgerRow(
                id=entry.id,
                file=entry.file,
                row=entry.row,
                status=STATUSES[self._status[index]],
                why=reasons[self._why[index]],
                split=_SPLITS[self._split[index]],
                label=(entry.target or None) if labels else None,
                characters=len(entry.input),
            )

        return Lazy(len(self.entries), line)

    def totals(self) -> dict[str, dict[str, int]]:
        """Status to split (empty for none) to number of rows; every status is there."""
        totals: dict[str, dict[str, int]] = {status: {} for status in STATUSES}
        counts = Counter(zip(self._status, self._split, strict=True))
        named = {(STATUSES[status], _SPLITS[split] or ""): number for (status, split), number in counts.items()}
        for (status, split), number in sorted(named.items()):
            totals[status][split] = number
        return totals


def _indices(chosen: NDArray[np.bool_]) -> Sequence[int]:
    """The places that are true, as numbers of eight bytes each."""
    found = array("q")
    found.frombytes(np.flatnonzero(chosen).astype(np.int64).tobytes())
    return found
