"""Names of classes that ``datasets`` writes beside tables of class numbers, in the metadata of Parquet and Arrow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

ClassNames = Mapping[str, list[str]]
"""Column to the names of its classes, or of the classes of its lists' elements, by number."""


def class_names(metadata: Mapping[bytes, bytes] | None) -> ClassNames:
    """The columns of class numbers that a schema's metadata name; none where it says nothing that is understood."""
    try:
        told: Any = json.loads((metadata or {}).get(b"huggingface", b"{}"))
        features = cast("dict[str, Any]", told["info"]["features"])
        return {column: names for column, feature in features.items() if (names := _names(feature))}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def with_names(values: Mapping[str, Any], classes: ClassNames) -> Mapping[str, Any]:
    """A row with names in place of class numbers."""
    return {column: named(value, classes.get(column)) for column, value in values.items()} if classes else values


def named(value: Any, names: list[str] | None) -> Any:
    """A number, or a list of numbers, as names; whatever has no name stays as it is."""
    if names is None:
        return value
    if isinstance(value, list):
        return [named(item, names) for item in cast("list[Any]", value)]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _names(feature: Any) -> list[str] | None:
    if isinstance(feature, list) and feature:
        return _names(cast("list[Any]", feature)[0])
    if not isinstance(feature, dict):
        return None
    about = cast("dict[str, Any]", feature)
    if isinstance(about.get("feature"), dict | list):
        return _names(about["feature"])
    names = about.get("names")
    whole = isinstance(names, list) and all(isinstance(name, str) for name in cast("list[Any]", names))
    return cast("list[str]", names) if whole and about.get("_type") == "ClassLabel" else None
