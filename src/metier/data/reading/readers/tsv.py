"""TSV: delimited by tabs; whether quotes protect anything was found from the content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from metier.data.reading.readers import csv
from metier.data.reading.source import Dialect, Row, Source


def read(source: Source) -> Iterator[Row]:
    """Rows as text under the header's names.

    Raises:
        DataError: as for csv.
    """
    return csv.read(replace(source, dialect=source.dialect or Dialect("\t")))
