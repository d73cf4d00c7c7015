"""Where the rows of a JSON document stand: in a list, under keys of their own, or column by column (as in pandas)."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from metier.data.values import is_nested

KEY = "key"
"""The column that gets the key under which a row stands."""


class Form(NamedTuple):
    """The rows of a document, and the sentence that says where they are."""

    rows: list[Any]
    told: str


def form_of(document: dict[str, Any]) -> Form | None:
    """Rows of a document that is one object; None where it is of no known form, or could be of several."""
    lists = [
        key for key, item in document.items() if isinstance(item, list) and _holds_objects(cast("list[Any]", item))
    ]
    if len(lists) == 1:
        return Form(document[lists[0]], f"its rows are the list {lists[0]!r}")
    if lists or not document:
        return None
    return _split(document) or _columns_of_lists(document) or _objects(document)


def _split(document: dict[str, Any]) -> Form | None:
    """``{"columns": [...], "data": [[...], ...]}``."""
    names, rows = document.get("columns"), document.get("data")
    if not isinstance(names, list) or not isinstance(rows, list) or not set(document) <= {"columns", "index", "data"}:
        return None
    columns, every = cast("list[Any]", names), cast("list[Any]", rows)
    whole = all(isinstance(row, list) and len(cast("list[Any]", row)) == len(columns) for row in every)
    if not every or not whole or not all(isinstance(name, str) for name in columns):
        return None
    return Form(
        [dict(zip(columns, row, strict=True)) for row in every], "its rows are lists beside their columns' names"
    )


def _columns_of_lists(document: dict[str, Any]) -> Form | None:
    """``{"text": [...], "label": [...]}``, lists of equal length."""
    columns = [cast("list[Any]", value) for value in document.values() if isinstance(value, list)]
    if len(columns) != len(document) or len(columns) < 2 or len({len(column) for column in columns}) != 1:
        return None
    rows = [dict(zip(document, cells, strict=True)) for cells in zip(*columns, strict=True)]
    return Form(rows, f"its columns are {len(columns)} lists of equal length") if rows else None


def _objects(document: dict[str, Any]) -> Form | None:
    """``{"text": {"0": ..., "1": ...}, ...}`` or ``{"q1": {"question": ...}, "q2": ...}``."""
    objects = [cast("dict[str, Any]", value) for value in document.values() if isinstance(value, dict)]
    if len(objects) != len(document) or len(objects) < 2:
        return None
    keys = list(objects[0])
    alike = all(list(one) == keys for one in objects)
    if alike and len(keys) > len(objects) and not any(is_nested(cell) for one in objects for cell in one.values()):
        rows = [{name: column[key] for name, column in zip(document, objects, strict=True)} for key in keys]
        return Form(rows, f"its columns are {len(objects)} objects with the same keys")
    rows = [{KEY: key, **one} for key, one in zip(document, objects, strict=True)]
    return Form(rows, f"its rows are {len(rows):,} objects under keys of their own (column {KEY!r})")


def _holds_objects(items: list[Any]) -> bool:
    return any(isinstance(item, dict) for item in items)
