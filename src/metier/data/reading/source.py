"""A file of rows whose format is known, and the rows that a reader takes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from metier.core import SplitName
from metier.core.types import NO_FIELDS
from metier.data.reading.packing import Content, Packing


class Dialect(NamedTuple):
    """How the fields of a delimited line are told apart."""

    delimiter: str
    quoted: bool = True
    """Whether ``"`` around a field protects separators and line breaks; False: it is an ordinary character."""
    header: bool = True
    """Whether the first line has the column names; False: columns are numbered."""

    @property
    def name(self) -> str:
        """What a person calls it: ``comma``, ``tab``, ``semicolon``, ``pipe``."""
        return {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}.get(self.delimiter, repr(self.delimiter))


class Turns(NamedTuple):
    """The columns of a table in which each row is a turn of a conversation."""

    conversation: str
    speaker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One data row as it stands in the file.

    Attributes:
        number: from 1; the header does not count.
        values: column name to value, as the format has it (text, number, list, object ...).
        line: line of the file at which the row begins, from 1; None where the format has no lines.
        fault: why it cannot be read, of a source that leaves such rows out; then it has no values.
    """

    number: int
    values: Mapping[str, Any]
    line: int | None = None
    fault: str = ""

    @property
    def place(self) -> str:
        """Where it is, for a person."""
        return f"line {self.line:,}" if self.line is not None else f"row {self.number:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file and how to read it.

    Attributes:
        path: where it is; a folder or zip archive for ``documents``.
        name: what messages and row ids call it, unique among the sources of a data set.
        format: name of the reader.
        packing: how the file is packed.
        member: the file inside a zip archive; for ``hf`` the data set's name.
        split: the split that all its rows belong to; None: not decided by the file.
        encoding: text encoding; empty for binary formats.
        dialect: for delimited formats.
        layout: name of the layout of a tool's export, laid flat before anything else; empty: rows as they are.
        turns: the columns by which rows that are turns become conversations; None: rows stay as they are.
        adds: columns that every row gets beside its own (``label`` from the file's name).
        rename: column names as they stand in the file, to the names that they get.
        weight: share of this source in a mixture, against the others' weights; None: all its rows.
        leaves_out: whether rows that cannot be read come with their fault, instead of being an error.
        evidence: how all this was found, a sentence each.
        warnings: what deserves attention, a sentence each.
    """

    path: Path
    name: str
    format: str
    packing: Packing = ""
    member: str = ""
    split: SplitName | None = None
    encoding: str = ""
    dialect: Dialect | None = None
    layout: str = ""
    turns: Turns | None = None
    adds: Mapping[str, str] = field(default_factory=lambda: NO_FIELDS)
    rename: Mapping[str, str] = field(default_factory=lambda: NO_FIELDS)
    weight: float | None = None
    leaves_out: bool = False
    evidence: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def content(self) -> Content:
        """Its bytes."""
        return Content(self.path, self.packing, self.member)
