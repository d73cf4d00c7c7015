"""Excel (xlsx): the first sheet that holds anything, its first filled line as the header. Needs ``openpyxl``."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from metier.data.reading.source import Row, Source
from metier.data.reading.unreadable import unreadable


def read(source: Source) -> Iterator[Row]:
    """Rows with the cells' values (not their formulas); dates as ISO text, empty cells as None.

    Raises:
        DataError: a damaged file, no sheet with rows, or two columns of one name.
    """
    try:
        with source.content.open() as file:
            book = openpyxl.load_workbook(io.BytesIO(file.read()), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, SyntaxError) as error:
        got = f"{type(error).__name__}: {str(error)[:120]}"
        raise unreadable(source, "a whole Excel file", got, "save it again as xlsx, or as CSV UTF-8") from error
    try:
        filled = [sheet for sheet in book.worksheets if sheet.max_row]
        yield from _rows(source, filled)
    finally:
        book.close()


def _rows(source: Source, sheets: list[Any]) -> Iterator[Row]:
    names: list[str] = []
    number = 0
    for sheet in sheets:
        for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            values = [_plain(cell) for cell in cells]
            if all(value is None or value == "" for value in values):
                continue
            if not names:
                names = _names(values, source, line)
                continue
            number += 1
            yield Row(number=number, line=line, values=dict(zip(names, values, strict=False)))
        if names:
            break
    if not number:
        raise unreadable(
            source, "rows under a header", "none", "put the rows on the first sheet, column names above them"
        )


def _names(values: list[Any], source: Source, line: int) -> list[str]:
    names = [str(value).strip() if value is not None else f"column {place}" for place, value in enumerate(values, 1)]
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        got = f"repeated in line {line}: {', '.join(map(repr, repeated))}"
        raise unreadable(source, "a different name for each column", got, "rename the columns in the first line")
    return names


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else cell
