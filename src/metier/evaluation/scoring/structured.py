"""JSON in answers: read strictly, and taken apart into fields that can be compared.

A model often puts JSON between the marks of a code block; one such pair is taken off before reading.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn, cast

NOTHING = object()
"""What :func:`parsed` gives for a text that is not JSON (``null`` is)."""
_FENCE = re.compile(r"\A```[a-zA-Z]*\s*\n(.*)\n\s*```\Z", re.DOTALL)


def parsed(text: str) -> Any:
    r"""The value that a text is the JSON of, or ``NOTHING``. NaN and infinity are not JSON.

    >>> parsed('```json\n{"a": 1}\n```'), parsed("{a: 1}") is NOTHING
    ({'a': 1}, True)
    """
    inner = _FENCE.match(text.strip())
    try:
        return json.loads(inner[1] if inner else text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return NOTHING


def fields(text: str) -> Counter[str]:
    """The fields of a JSON text, each its path and its value; items of lists in any order.

    A text that is no JSON is one field without a path; an empty one is none.

    >>> sorted(fields('{"who": "Ann", "tags": ["a", "b"]}'))
    ['.tags[] "a"', '.tags[] "b"', '.who "Ann"']
    """
    value = parsed(text)
    if value is NOTHING:
        return Counter([text.strip()]) if text.strip() else Counter()
    return Counter(_leaves(value, ""))


def _leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, item in cast(dict[str, Any], value).items():
            yield from _leaves(item, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for item in cast(list[Any], value):
            yield from _leaves(item, f"{path}[]")
    else:
        yield f"{path} {json.dumps(value, ensure_ascii=False)}"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
