"""JSON: a list of objects, or one object that holds rows (:mod:`metier.data.reading.json_forms`). Read as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from metier.core.names import listed
from metier.data.reading.faults import Faults
from metier.data.reading.json_forms import Form, form_of
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
        if (values := _values(item)) is not None:
            yield Row(number=number, values=values)
        else:
            faults.add(f"element {number:,} is {called(item)}")
    if faults:
        got = f"{faults.count:,} of {len(items):,} are not: {faults.summary()}"
        raise unreadable(source, "objects in the list", got, "make every element an object with the same names")
    if not items:
        raise unreadable(source, "rows", "an empty list", "export the rows again")


def _values(item: Any) -> dict[str, Any] | None:
    """An object, or a text with an object beside it, as spaCy keeps its examples; None for anything else."""
    if isinstance(item, dict):
        return cast("dict[str, Any]", item)
    match item:
        case [str() as text, dict() as beside]:
            return {**cast("dict[str, Any]", beside), "text": text}
        case _:
            return None


def told_rows(source: Source) -> str:
    """Where the rows of a document that is one object stand, in a sentence; empty where it is a list.

    Raises:
        DataError: as for :func:`read`.
    """
    value = _parsed(source)
    return "" if isinstance(value, list) else _form(value, source).told


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
    return cast("list[Any]", value) if isinstance(value, list) else _form(value, source).rows


def _form(value: Any, source: Source) -> Form:
    if not isinstance(value, dict):
        raise unreadable(source, "a list of objects", f"{called(value)} alone", "put the rows into a list")
    document = cast("dict[str, Any]", value)
    if found := form_of(document):
        return found
    lists = [key for key, item in document.items() if isinstance(item, list) and any(map(_is_object, item))]
    got = f"an object with {len(lists)} of them: {listed(lists)}" if lists else f"an object with {listed(document)}"
    remedy = "keep one of these lists in a file of its own" if lists else "put the rows into a list"
    raise unreadable(source, "a list of objects, or an object that holds exactly one", got, remedy)


def _is_object(item: Any) -> bool:
    return isinstance(item, dict)
