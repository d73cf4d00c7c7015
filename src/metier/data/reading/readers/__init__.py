"""Readers: one file for each format, found by its name.

A reader is a function ``read(source) -> Iterator[Row]`` in a module called like the format. It yields every row that
it can, then raises one :class:`~metier.core.DataError` with everything it could not read, so that a user sees all
faults of a file at once. A package of one's own adds a format by the entry point ``metier.data.reading.readers``; such
a format is not detected and must be named by ``data.format``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from metier.core import Registry
from metier.data.reading.source import Row, Source


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
    """The rows of a source by the reader of its format."""
    return READERS.get(source.format)(source)


__all__ = ["READERS", "Reader", "read_rows"]
