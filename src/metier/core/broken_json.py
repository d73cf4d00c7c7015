"""JSON that a model wrote, read as far as it goes."""

from __future__ import annotations

import json
import re
from typing import Any

_FENCE = re.compile(r"\A```[a-zA-Z]*\s*\n(.*?)\n?\s*(```)?\Z", re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}


def loads_whatever(text: str) -> tuple[Any, bool]:
    r"""The value of a JSON text, and whether all of the text was JSON.

    Marks of a code block around it are taken off. Of a text that breaks off, everything up to the last whole item is
    read; where there is no JSON at all, the value is None.

    >>> loads_whatever('{"a": ["b", "c", "d')
    ({'a': ['b', 'c']}, False)
    >>> loads_whatever("no idea")
    (None, False)
    """
    inner = _FENCE.match(text.strip())
    text = (inner[1] if inner else text).strip()
    try:
        return json.loads(text), True
    except (ValueError, RecursionError):
        pass
    for end in sorted((found.end() for found in re.finditer(r'[\]}"\d{\[]', text)), reverse=True)[:_TRIES]:
        try:
            return json.loads(text[:end] + _closed(text[:end])), False
        except (ValueError, RecursionError):
            continue
    return None, False


_TRIES = 200


def _closed(text: str) -> str:
    """What closes the objects and lists that are open at the end of a text."""
    opened: list[str] = []
    for mark in re.sub(r'"(?:[^"\\]|\\.)*"', "", text, flags=re.DOTALL):
        if mark in _CLOSING:
            opened.append(_CLOSING[mark])
        elif opened and mark == opened[-1]:
            opened.pop()
    return "".join(reversed(opened))
