"""One look through all rows: how many, which columns, which row shape. Nothing is kept but counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metier.core import DataError, Problem
from metier.data.reading.faults import Faults
from metier.data.reading.readers import read_rows
from metier.data.reading.source import Source
from metier.data.reading.sources import source_hash
from metier.data.understanding.columns import Column, ColumnTallies
from metier.data.understanding.shapes import SHAPES, Shape
from metier.data.values import flatten

VOTERS = 1_000
"""Rows of each file that vote on the row shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What one source file holds.

    Attributes:
        source: the file.
        rows: data rows.
        columns: names of its columns, in order.
        sha256: of its bytes.
        votes: row shape to the number of voting rows that follow it.
        voters: rows that voted.
        broken: rows that cannot be read and are left out.
        faults: the first of them, and why.
    """

    source: Source
    rows: int
    columns: tuple[str, ...]
    sha256: str
    votes: Mapping[str, int]
    voters: int
    broken: int = 0
    faults: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What all source files hold together.

    Attributes:
        files: one for each source.
        columns: over all files, roles not yet assigned.
    """

    files: tuple[FileFacts, ...]
    columns: tuple[Column, ...]


def survey(sources: Sequence[Source]) -> Survey:
    """Read every row once.

    Raises:
        DataError: the faults of all files together.
    """
    tallies = ColumnTallies()
    files: list[FileFacts] = []
    problems: list[Problem] = []
    shapes = {name: SHAPES.get(name) for name in SHAPES.names()}
    for source in sources:
        try:
            files.append(_look_through(source, tallies, shapes))
        except DataError as error:
            problems.extend(error.problems)
    if problems:
        raise DataError(problems)
    return Survey(files=tuple(files), columns=tallies.columns())


def _look_through(source: Source, tallies: ColumnTallies, shapes: dict[str, Shape]) -> FileFacts:
    votes = Counter[str]()
    names: dict[str, None] = {}
    rows, broken = 0, Faults()
    for row in read_rows(source):
        rows += 1
        if row.fault:
            broken.add(f"{row.place}: {row.fault}")
            continue
        flat = flatten(row.values)
        tallies.add(flat, where=source.name)
        names.update(dict.fromkeys(flat))
        if rows - broken.count <= VOTERS:
            votes.update(name for name, shape in shapes.items() if shape.matches(row.values))
    return FileFacts(
        source=source,
        rows=rows,
        columns=tuple(names),
        sha256=source_hash(source),
        votes=votes,
        voters=min(rows - broken.count, VOTERS),
        broken=broken.count,
        faults=broken.summary(),
    )
