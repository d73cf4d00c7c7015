"""SuperAnnotate's multimodal export: components with values; a row for each item, a column for each component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from metier.data.reading.layouts import Layout, Values


def _matches(row: Values) -> bool:
    data = row.get("data")
    if not isinstance(row.get("metadata"), Mapping) or not isinstance(data, Mapping) or not data:
        return False
    return all(isinstance(part, Mapping) and "value" in part for part in cast("Mapping[str, Any]", data).values())


def _rows(row: Values) -> list[Values]:
    """The components' values under their ids, and the item's name and folder."""
    plain: dict[str, Any] = {}
    for name, part in _mapping(row.get("data")).items():
        value = _mapping(part).get("value")
        plain[name] = value[0] if isinstance(value, list) and len(cast("list[Any]", value)) == 1 else value
    metadata = _mapping(row.get("metadata"))
    plain |= {f"item.{key}": metadata[key] for key in ("name", "folder_name") if metadata.get(key) is not None}
    return [plain]


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


layout = Layout(
    title="SuperAnnotate items",
    signature="'metadata', and 'data' of components with a 'value'",
    matches=_matches,
    rows=_rows,
)
