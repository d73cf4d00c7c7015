"""Turns of a conversation, from the spellings that are in use: role names, contents in parts, weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from metier.core import Message, Role
from metier.data.understanding.shapes import MalformedRowError
from metier.data.values import text_of

ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
    "function_response": "tool",
}
"""Spellings of roles, in lower case."""


def turns_of(items: Any, *, role_key: str, content_key: str) -> list[Message]:
    """Messages from a list of objects.

    Raises:
        MalformedRowError: not a list of objects, an unknown role, content that is no text, a weight outside 0 to 1.
    """
    if items is None:
        return []
    if not isinstance(items, list):
        raise MalformedRowError(f"a {type(items).__name__} instead of a list of turns")
    turns: list[Message] = []
    for item in cast("list[Any]", items):
        if not isinstance(item, Mapping):
            raise MalformedRowError(f"a turn that is a {type(item).__name__}")
        turn = cast("Mapping[str, Any]", item)
        role = ROLES.get(text_of(turn.get(role_key)).strip().lower())
        if role is None:
            raise MalformedRowError(f"the {role_key} {turn.get(role_key)!r:.60}")
        content = _content(turn.get(content_key), turn.get("tool_calls"))
        turns.append(Message(role=role, content=content, weight=_weight(turn.get("weight"))))
    return turns


def _content(content: Any, calls: Any) -> str:
    """Text, the text parts of a list joined by line breaks, or tool calls as JSON where there is no text."""
    if isinstance(content, list):
        return "\n".join(_part(part) for part in cast("list[Any]", content))
    if isinstance(content, Mapping):
        raise MalformedRowError("a content that is an object")
    text = text_of(content)
    return text if text or not calls else json.dumps(calls, ensure_ascii=False, default=str)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return text_of(part)
    if isinstance(part, Mapping):
        item = cast("Mapping[str, Any]", part)
        if isinstance(item.get("text"), str):
            return text_of(item["text"])
        raise MalformedRowError(f"a content part of type {item.get('type')!r:.60}; only text parts can be used")
    raise MalformedRowError(f"a content part that is a {type(part).__name__}")


def _weight(value: Any) -> float:
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise MalformedRowError(f"the weight {value!r:.60}; it must be a number from 0 to 1")
    return float(value)
