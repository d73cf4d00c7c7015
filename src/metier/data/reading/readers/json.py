"""JSON: a list of objects, or one object that holds exactly one list of objects. Read as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from metier.core.names import listed
from metier.data.reading.faults import Faults
from metier.data.reading.source import Row, Source
from metier.data.reading.unreadable import unreadable
from metier.data.values import called


def read(source: Source) -> Iterator[Row]:
    """Rows as JSON has them, nested values included; line numbers are not known.

    Raises:
        DataError: not JSON (names line and column), no list of objects or several, or elements that are no objects.
    """
    items = _list(_parsed(source), source)
    faults = Faults()
    for number, item in enumerate(items, start=1):
        if isinstance(item, dict):
            yield Row(number=number, values=cast("dict[str, Any]", item))
        else:
            faults.add(f"element {number:,} is {called(item)}")
    if faults:
        got = f"{faults.count:,} of {len(items):,} are not: {faults.summary()}"
        raise unreadable(source, "objects in the list", got, "make every element an object with the same names")
    if not items:
        raise unreadable(source, "rows", "an empty list", "export the rows again")


def rows_key(source: Source) -> str | None:
    """The name under which the list of rows stands; None where the list is the whole document.

    Raises:
        DataError: as for :func:`read`.
    """
    value = _parsed(source)
    return None if isinstance(value, list) else _key(value, source)


def _parsed(source: Source) -> Any:
    try:
        with source.content.text(source.encoding) as file:
            return json.loads(file.read())
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        remedy = "correct that place, or write the file again with a JSON library"
        if error.msg == "Extra data":
            remedy = "put the objects into one list; if each line is an object, set data.format: jsonl"
        raise unreadable(source, "JSON", f"{error.msg} at {where}", remedy) from error
    except RecursionError as error:
        raise unreadable(source, "a list of flat objects", "JSON nested too deeply", "flatten the rows") from error
    except ValueError as error:
        raise unreadable(source, "JSON", str(error), "correct that place") from error


def _list(value: Any, source: Source) -> list[Any]:
    return value if isinstance(value, list) else value[_key(value, source)]


def _key(value: Any, source: Source) -> str:
    if not isinstance(value, dict):
        raise unreadable(source, "a list of objects", f"{called(value)} alone", "put the rows into a list")
    document = cast("dict[str, Any]", value)
    lists = [key for key, item in document.items() if isinstance(item, list) and _holds_objects(item)]
    if len(lists) == 1:
        return lists[0]
    got = f"an object with {len(lists)} of them: {listed(lists)}" if lists else f"an object with {listed(document)}"
    remedy = "keep one of these lists in a file of its own" if lists else "put the rows into a list"
    raise unreadable(source, "a list of objects, or an object that holds exactly one", got, remedy)


def _holds_objects(items: list[Any]) -> bool:
    return any(isinstance(item, dict) for item in items)
