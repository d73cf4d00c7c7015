"""One input row, understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metier.core import Example, Message, SplitName
from metier.core.types import NO_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One input row, understood but not yet judged.

    Attributes:
        id: file and row (``"train.csv:17"``).
        file: the source's name.
        row: number in that file, from 1.
        split: the split that the data gives it; None: none.
        input: what is answered; may be blank.
        target: the answer; empty where there is none.
        history: the turns before ``input``.
        group: value of the group column.
        readers: the names in the readers column; None: there is no such column.
        time: value of the recipe's time column; None where it names none.
        weight: share of the loss that the answer carries.
        fields: further columns.
        fault: why the row cannot be read; empty where it can.
    """

    id: str
    file: str
    row: int
    split: SplitName | None = None
    input: str = ""
    target: str = ""
    history: tuple[Message, ...] = ()
    group: str | None = None
    readers: tuple[str, ...] | None = None
    time: Any = None
    weight: float = 1.0
    fields: Mapping[str, Any] = field(default_factory=lambda: NO_FIELDS)
    fault: str = ""

    def example(self) -> Example:
        """The entry as what other rooms see."""
        return Example(
            id=self.id,
            input=self.input,
            target=self.target or None,
            history=self.history,
            group=self.group,
            readers=self.readers,
            weight=self.weight or 1.0,  # of those with 0, only answers to avoid are used, and those in full
            fields=self.fields,
        )
