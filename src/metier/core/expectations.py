"""What pydantic's complaints expect, in words of the recipe, and what to do about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

GROUP, LIST = "a group of settings", "a list"
OTHER_KIND = {
    "string_type": "a text",
    "model_type": GROUP,
    "dict_type": GROUP,
    "tuple_type": LIST,
    "list_type": LIST,
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
}
"""Pydantic's errors for a value of another kind than the field's, and what the field's kind is called."""
_UNREADABLE = {
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of a usual size",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "true or false",
    "finite_number": "a finite number",
}
_BOUNDS = {
    "greater_than": ("gt", "more than {}"),
    "greater_than_equal": ("ge", "at least {}"),
    "less_than": ("lt", "less than {}"),
    "less_than_equal": ("le", "at most {}"),
    "too_short": ("min_length", "at least {} entries"),
    "too_long": ("max_length", "at most {} entries"),
    "string_too_short": ("min_length", "a text of at least {} characters"),
    "string_too_long": ("max_length", "a text of at most {} characters"),
    "string_pattern_mismatch": ("pattern", "a text of the form {}"),
}
_REMEDIES = {
    GROUP: "write its settings as `key: value`, indented below it or as {key: value}",
    LIST: "write a list: [one, another]",
    "a text": "write a text; in quotes where it looks like something else",
    "true or false": "write true or false, without quotes",
}


def expectation(kind: str, context: Mapping[str, Any], message: str) -> str:
    """What would have been right.

    Args:
        kind: of pydantic's error.
        context: of the same.
        message: of the same, which is used where we know no better words.

    >>> expectation("less_than_equal", {"le": 64}, ""), expectation("model_type", {}, "")
    ('at most 64', 'a group of settings')
    """
    if kind in _BOUNDS and _BOUNDS[kind][0] in context:
        key, words = _BOUNDS[kind]
        bound = context[key]
        words = words.format(bound if isinstance(bound, str) else f"{bound:g}")
        return words.replace("1 entries", "1 entry").replace("1 characters", "1 character")
    plain = message.removeprefix("Value error, ").removeprefix("Input should be ")
    return OTHER_KIND.get(kind) or _UNREADABLE.get(kind) or plain[:1].lower() + plain[1:]


def remedy(expected: str) -> str:
    """What to do where something else stood.

    >>> remedy("a list"), remedy("at most 3")
    ('write a list: [one, another]', 'change the value')
    """
    return _REMEDIES.get(expected, "change the value")
