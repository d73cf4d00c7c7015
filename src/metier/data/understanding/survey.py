"""One look through all rows: how many, which columns, which row shape. Nothing is kept but counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from metier.core import DataError, Problem
from metier.core.artifacts import hash_file
from metier.data.reading.readers import read_rows
from metier.data.reading.source import Source
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
    """

    source: Source
    rows: int
    columns: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What all source files hold together.

    Attributes:
        files: one for each source.
        columns: over all files, roles not yet assigned.
        votes: row shape to the number of voting rows that follow it.
        voters: rows that voted.
    """

    files: tuple[FileFacts, ...]
    columns: tuple[Column, ...]
    votes: dict[str, int]
    voters: int


def survey(sources: Sequence[Source]) -> Survey:
    """Read every row once.

    Raises:
        DataError: the faults of all files together.
    """
    tallies, votes = ColumnTallies(), Counter[str]()
    files: list[FileFacts] = []
    problems: list[Problem] = []
    shapes = {name: SHAPES.get(name) for name in SHAPES.names()}
    voters = 0
    for source in sources:
        try:
            facts = _look_through(source, tallies, votes, shapes)
        except DataError as error:
            problems.extend(error.problems)
        else:
            files.append(facts)
            voters += min(facts.rows, VOTERS)
    if problems:
        raise DataError(problems)
    return Survey(files=tuple(files), columns=tallies.columns(), votes=dict(votes), voters=voters)


def _look_through(source: Source, tallies: ColumnTallies, votes: Counter[str], shapes: dict[str, Shape]) -> FileFacts:
    names: dict[str, None] = {}
    rows = 0
    for row in read_rows(source):
        rows += 1
        flat = flatten(row.values)
        tallies.add(flat, where=source.name)
        names.update(dict.fromkeys(flat))
        if rows <= VOTERS:
            votes.update(name for name, shape in shapes.items() if shape.matches(row.values))
    return FileFacts(source=source, rows=rows, columns=tuple(names), sha256=hash_file(source.path))
