"""CSV: delimited lines with a header; the separator (comma, semicolon, pipe) stands in the source's dialect."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from metier.core import DataError, Problem
from metier.data.reading.column_names import column_names
from metier.data.reading.delimited import Record, records
from metier.data.reading.faults import LEAVE_OUT, Faults
from metier.data.reading.first_lines import told_separator
from metier.data.reading.source import Dialect, Row, Source
from metier.data.values import shorten

_QUOTE_REMEDY = 'close every quote, and double quotes inside a quoted text ("he said ""hi""")'


def read(source: Source) -> Iterator[Row]:
    r"""Rows as text under the header's names.

    An empty header name becomes ``column N``, and so does every name where there is no header; a name that comes again
    gets a number. Line breaks inside a field become ``\n``. A first line that names the separator for Excel
    (``sep=;``) is passed over.

    Raises:
        DataError: no row after the header, quotes that are not closed, rows with more or fewer fields than the header
            (a source that leaves those out gets them with their fault).
    """
    dialect = source.dialect or Dialect(",")
    with source.content.text(source.encoding, newline="") as file:
        first = file.readline()
        before = int(bool(told_separator(first)))
        parsed = records(file if before else chain([first], file), dialect, before=before)
        header = next(parsed, None)
        if header is None or header.fault:
            raise DataError([_quote_problem(source, header.fault if header else "an empty file")])
        if not dialect.header:
            names = [f"column {place}" for place in range(1, len(header.fields) + 1)]
            yield from _rows(chain([header], parsed), names, source)
            return
        yield from _rows(parsed, column_names(header.fields), source)


def _rows(parsed: Iterator[Record], names: list[str], source: Source) -> Iterator[Row]:
    ragged, broken = Faults(), Faults()
    number = 0
    for record in parsed:
        number += 1
        if record.fault:
            broken.add(record.fault)
        elif len(record.fields) != len(names) and source.leaves_out:
            fields = "1 field" if len(record.fields) == 1 else f"{len(record.fields)} fields"
            fault = f"{fields}, where the header has {len(names)}"
            yield Row(number=number, line=record.line, values={}, fault=fault)
        elif len(record.fields) != len(names):
            ragged.add(f"line {record.line:,} has {len(record.fields)}")
        else:
            values = {name: _universal(field) for name, field in zip(names, record.fields, strict=True)}
            yield Row(number=number, line=record.line, values=values)
    problems = [_quote_problem(source, broken.summary())] if broken else []
    if ragged:
        problems.append(_ragged_problem(source, ragged, expected=len(names), rows=number))
    if not number:
        problems.append(_header_only(source, names))
    if problems:
        raise DataError(problems)


def _universal(field: str) -> str:
    return field.replace("\r\n", "\n").replace("\r", "\n") if "\r" in field else field


def _quote_problem(source: Source, got: str) -> Problem:
    return Problem(where=source.name, expected="quotes that open and close", got=got, remedy=_QUOTE_REMEDY)


def _ragged_problem(source: Source, ragged: Faults, *, expected: int, rows: int) -> Problem:
    return Problem(
        where=source.name,
        expected=f"{expected} fields in every row, as in the header",
        got=f"{ragged.count:,} of {rows:,} rows with another number: {ragged.summary()}",
        remedy=f"put texts that hold a separator or a line break into double quotes, or {LEAVE_OUT}",
    )


def _header_only(source: Source, names: list[str]) -> Problem:
    return Problem(
        where=source.name,
        expected="rows after the header",
        got=f"only the line {shorten(', '.join(names))!r}",
        remedy="export the rows too; if this line is a row, put a line of column names before it",
    )
