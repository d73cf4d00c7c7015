"""Single values of a row: what counts as missing, how anything becomes text, how nested rows become flat ones."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any, cast

YES_NO = (
    *(("1", "0"), ("1.0", "0.0"), ("true", "false"), ("yes", "no"), ("ja", "nein"), ("oui", "non")),
    *(("sí", "no"), ("si", "no"), ("sì", "no"), ("sim", "não"), ("是", "否")),
)
"""What is written for yes and for no, in small letters."""
_FLATTEN_DEPTH = 4
_EXACT_FLOAT = 1e15
"""Below this every whole float has an exact short spelling."""


def is_nested(value: Any) -> bool:
    """True for lists and objects: what cannot stand in a cell of a table."""
    return isinstance(value, Mapping | list | tuple | set)


def called(value: Any) -> str:
    """What a value is, for people who have never seen Python.

    >>> called({}), called(2), called(None)
    ('an object', 'a number', 'null')
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return f"a {type(value).__name__}"  # pyright: ignore[reportUnknownArgumentType] - of a table's own types


def text_of(value: Any) -> str:
    """A cell as text; the empty text where it is missing (None, not-a-number).

    Whole floats lose their point (``3.0`` is ``"3"``), truth values are ``"true"`` and ``"false"``. Half of a
    surrogate pair, which JSON can spell but UTF-8 cannot, becomes the replacement character.

    >>> text_of(3.0), text_of(True), text_of(None), text_of(" a ")
    ('3', 'true', '', ' a ')
    """
    match value:
        case str():
            return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            if math.isnan(value):
                return ""
            return str(int(value)) if abs(value) < _EXACT_FLOAT and value.is_integer() else repr(value)
        case bytes():
            return value.decode("utf-8", "replace")
        case _:
            return str(value)


def is_blank(text: str) -> bool:
    r"""True for a text that shows nothing: white space and invisible format characters only.

    >>> is_blank("  "), is_blank("\u200b"), is_blank("0")
    (True, True, False)
    """
    return all(character.isspace() or unicodedata.category(character) == "Cf" for character in text)


def normalise(text: str) -> str:
    r"""What texts that a person would call the same have in common: Unicode NFKC, no case, single spaces.

    >>> normalise("  Ｈello\tWORLD ") == normalise("hello world")
    True
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def flatten(values: Mapping[str, Any], *, depth: int = _FLATTEN_DEPTH) -> dict[str, Any]:
    """Objects inside a row become dotted columns; lists and whatever lies deeper than ``depth`` stay as they are.

    >>> flatten({"user": {"text": "hi"}, "tags": ["a"]})
    {'user.text': 'hi', 'tags': ['a']}
    """
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = text_of(key)
        if depth and value and isinstance(value, Mapping):
            inner = flatten(cast("Mapping[str, Any]", value), depth=depth - 1)
            flat.update({f"{name}.{part}": item for part, item in inner.items()})
        else:
            flat[name] = value
    return flat


def shorten(text: str, *, limit: int = 60) -> str:
    """At most ``limit`` characters of a text on one line, for messages."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit and len(text) <= 4 * limit else line[: limit - 1] + "…"
