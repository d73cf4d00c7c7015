"""Readers: one file for each format, found by its name.

A reader is a function ``read(source) -> Iterator[Row]`` in a module called like the format. It yields every row that
it can, then raises one :class:`~metier.core.DataError` with everything it could not read, so that a user sees all
faults of a file at once. A package of one's own adds a format by the entry point ``metier.data.reading.readers``; such
a format is not detected and must be named by ``data.format``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from metier.core import Registry
from metier.data.reading.layouts import LAYOUTS, Layout
from metier.data.reading.packing import whole
from metier.data.reading.source import Row, Source
from metier.data.reading.turn_rows import in_conversations


class Reader(Protocol):
    """Takes rows out of a file."""

    def __call__(self, source: Source) -> Iterator[Row]:
        """Rows in the file's order, numbered from 1.

        Raises:
            DataError: after the last readable row, with every fault found.
        """
        ...


READERS: Registry[Reader] = Registry("metier.data.reading.readers", kind="format", attribute="read")


def read_rows(source: Source) -> Iterator[Row]:
    """The rows of a source by the reader of its format, laid flat and renamed as the source says.

    Raises:
        DataError: after the last readable row, with every fault found.
    """
    with whole(source.content, source.name):
        rows = READERS.get(source.format)(source)
        if source.layout:
            rows = _flat(rows, LAYOUTS.get(source.layout))
        if source.turns:
            rows = in_conversations(rows, source.turns, source.name)
        if not source.adds and not source.rename:
            yield from rows
            return
        for row in rows:
            renamed = {source.rename.get(name, name): value for name, value in row.values.items()}
            yield replace(row, values={**renamed, **source.adds})


def _flat(rows: Iterable[Row], layout: Layout) -> Iterator[Row]:
    number = 0
    for row in rows:
        if row.fault:
            number += 1
            yield replace(row, number=number)
            continue
        for values in list(layout.rows(row.values)) or [{}]:
            number += 1
            yield Row(number=number, line=row.line, values=values)


__all__ = ["READERS", "Reader", "read_rows"]
