"""How rows are to become examples: what was chosen, and what was found on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from metier.core import Problem, TaskKind
from metier.core.types import NO_FIELDS
from metier.data.templating.filling import Filling
from metier.data.understanding.columns import Column

SplitMethod = Literal["given", "stratified", "random", "time", "hash"]
TABLE = "table"
"""The shape of rows that hold no conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was decided about a data set.

    Attributes:
        shape: ``table``, the name of a row shape, or ``mixed``.
        shapes: the shape of each file.
        kind: kind of task; None: could not be told, ``problems`` says why.
        input: column that is answered; None where a shape makes it of the row.
        parts: columns that are put under each other to be answered; empty where ``input`` is all.
        target: column with the answer; None as for ``input``.
        flags: columns of yes and no of which those that say yes are the answer; empty where ``target`` is.
        group: column that holds rows together; None: each row by itself.
        split_column: column that says the split; None: there is none, or files do.
        split: how rows are divided.
        instruction: an instruction that every row of the data repeats; may be empty.
        columns: all columns with their roles.
        evidence: what was decided and why, a sentence each.
        warnings: what deserves attention, a sentence each.
        problems: why no examples can be made.
        filling: the template that makes examples of the rows; None: there is none.
    """

    shape: str
    shapes: Mapping[str, str] = field(default_factory=lambda: NO_FIELDS)
    kind: TaskKind | None = None
    input: str | None = None
    parts: tuple[str, ...] = ()
    target: str | None = None
    flags: tuple[str, ...] = ()
    group: str | None = None
    split_column: str | None = None
    split: SplitMethod = "random"
    instruction: str = ""
    columns: tuple[Column, ...] = ()
    evidence: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    filling: Filling | None = None
