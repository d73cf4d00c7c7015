"""JSON lines: one object on each line; blank lines are passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from metier.core import DataError, Problem
from metier.data.reading.faults import LEAVE_OUT, Faults
from metier.data.reading.source import Row, Source
from metier.data.values import called


def read(source: Source) -> Iterator[Row]:
    """Rows as JSON has them, nested values included.

    Raises:
        DataError: lines that are not JSON or not objects (all counted, the first five shown; a source that leaves them
            out gets them with their fault), or no row at all.
    """
    broken = Faults()
    number = 0
    with source.content.text(source.encoding, newline="\n") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            number += 1
            try:
                yield Row(number=number, line=line, values=_object(text))
            except (ValueError, RecursionError) as error:
                if source.leaves_out:
                    yield Row(number=number, line=line, values={}, fault=f"no JSON object: {_reason(error)}")
                else:
                    broken.add(f"line {line:,}: {_reason(error)}")
    if broken:
        raise DataError(
            [
                Problem(
                    where=source.name,
                    expected="a JSON object on every line",
                    got=f"{broken.count:,} of {number:,} lines are not: {broken.summary()}",
                    remedy=f"correct these lines, or {LEAVE_OUT}",
                )
            ]
        )


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(f"{called(value)}, not an object")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (column {error.colno:,})"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
