"""Paths of settings as ``--set`` has them: ``approaches.lora.weights.rank``.

A name that has a dot itself (an approach called ``lora.v2``) is found where it already stands in the recipe; anywhere
it can be written in quotes: ``approaches."lora.v2".weights.rank``.
"""

from __future__ import annotations

import re
from typing import Any, cast

_PART = re.compile(r'"([^"]*)"|([^.]*)')


def put(content: dict[str, Any], path: str, value: Any) -> bool:
    """Set the value at a path, making groups on the way; False where the path is none.

    >>> recipe = {"approaches": {"lora.v2": {}}}
    >>> put(recipe, "approaches.lora.v2.model", "builtin"), put(recipe, "a..b", 1)
    (True, False)
    >>> recipe
    {'approaches': {'lora.v2': {'model': 'builtin'}}}
    """
    parts = _parts(path)
    if not all(parts):
        return False
    group = content
    while len(parts) > 1:
        length = _known(group, parts)
        name = ".".join(parts[:length])
        if length == len(parts):
            parts = [name]
            break
        inner = group.get(name)
        if not isinstance(inner, dict):
            inner = {}
            group[name] = inner
        group, parts = cast(dict[str, Any], inner), parts[length:]
    group[parts[0]] = value
    return True


def _parts(path: str) -> list[str]:
    """The names of a path; those in quotes whole."""
    parts: list[str] = []
    place = 0
    while place <= len(path):
        found = _PART.match(path, place)
        assert found is not None  # it matches nothing, if nothing is there
        parts.append(found[1] if found[1] is not None else found[2])
        if found.end() < len(path) and path[found.end()] != ".":
            return [""]  # something behind the closing quote
        place = found.end() + 1
    return parts


def _known(group: dict[str, Any], parts: list[str]) -> int:
    """How many parts make up the longest name that stands in the group; 1 where none does."""
    lengths = [n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in group]
    return lengths[0] if lengths else 1
