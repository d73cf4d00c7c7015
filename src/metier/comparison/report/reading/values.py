"""Values out of JSON that somebody else wrote: of the expected type, or nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast


def number(value: Any) -> float | None:
    """A finite number; None for anything else.

    >>> number(3), number(float("nan")), number("3"), number(True)
    (3.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def whole(value: Any) -> int:
    """A whole number; 0 for anything else."""
    found = number(value)
    return 0 if found is None else int(found)


def text(value: Any) -> str:
    """Text; numbers as they print, empty for None."""
    return "" if value is None else str(value)


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts; empty for anything else."""
    return tuple(text(item) for item in cast(list[Any], value)) if isinstance(value, list | tuple) else ()


def numbers(value: Any) -> tuple[float, ...]:
    """A list of finite numbers; empty for anything else, so that two lists never get out of step."""
    if not isinstance(value, list | tuple):
        return ()
    found = [number(item) for item in cast(list[Any], value)]
    return () if None in found else tuple(item for item in found if item is not None)


def mapping(value: Any) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    return (
        {str(key): item for key, item in cast(Mapping[Any, Any], value).items()} if isinstance(value, Mapping) else {}
    )


def mappings(value: Any) -> list[dict[str, Any]]:
    """A list of JSON objects; empty for anything else."""
    return [mapping(item) for item in cast(list[Any], value)] if isinstance(value, list | tuple) else []


def counts(value: Any) -> dict[str, int]:
    """A JSON object of whole numbers."""
    return {key: whole(item) for key, item in mapping(value).items()}
