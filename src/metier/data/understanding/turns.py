"""Turns of a conversation, from the spellings that are in use: role names, contents in parts, weights."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from metier.core import Message, Role
from metier.data.understanding.shapes import MalformedRowError
from metier.data.values import called, text_of

ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "customer": "user",
    "client": "user",
    "caller": "user",
    "patient": "user",
    "visitor": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "chatbot": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "agent": "assistant",
    "operator": "assistant",
    "representative": "assistant",
    "doctor": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
    "function_response": "tool",
}
"""Spellings of roles, in lower case."""


def turns_of(items: Any, roles: Mapping[str, Role], *, role_key: str, content_key: str) -> list[Message]:
    """Messages from a list of objects.

    Args:
        items: as the row has it.
        roles: the recipe's own names of speakers, in lower case; they come first.
        role_key: key of the speaker.
        content_key: key of what is said.

    Raises:
        MalformedRowError: not a list of objects, an unknown role, content that is no text, a weight outside 0 to 1.
    """
    if items is None:
        return []
    if not isinstance(items, list):
        raise MalformedRowError(f"{called(items)} instead of a list of turns")
    turns: list[Message] = []
    for item in cast("list[Any]", items):
        if not isinstance(item, Mapping):
            raise MalformedRowError(f"a turn that is {called(item)}")
        turn = cast("Mapping[str, Any]", item)
        spoken = text_of(turn.get(role_key)).strip().lower()
        role = roles.get(spoken) or ROLES.get(spoken)
        if role is None:
            raise MalformedRowError(f"the {role_key} {turn.get(role_key)!r:.60}; name it in data.roles")
        content = content_of(turn.get(content_key), turn.get("tool_calls"))
        turns.append(Message(role=role, content=content, weight=_weight(turn.get("weight"))))
    return turns


def joined(turns: Sequence[Message]) -> list[Message]:
    """Turns of one speaker that follow each other become one, a line break between."""
    found: list[Message] = []
    for turn in turns:
        if found and found[-1].role == turn.role:
            last = found.pop()
            turn = Message(role=turn.role, content=f"{last.content}\n{turn.content}", weight=turn.weight)
        found.append(turn)
    return found


def with_tools(turns: Sequence[Message], tools: Any) -> list[Message]:
    """The turns with the tools that could be called at the end of the system text, as JSON."""
    said = "Tools: " + json.dumps(tools, ensure_ascii=False, default=str)
    if turns and turns[0].role == "system":
        return [Message(role="system", content=f"{turns[0].content}\n\n{said}"), *turns[1:]]
    return [Message(role="system", content=said), *turns]


def content_of(content: Any, calls: Any) -> str:
    """Text, the text parts of a list joined by line breaks, and tool calls as JSON on a line of their own.

    Raises:
        MalformedRowError: it is no text, and no list of texts.
    """
    if isinstance(content, list):
        content = "\n".join(_part(part) for part in cast("list[Any]", content))
    if isinstance(content, Mapping):
        raise MalformedRowError("a content that is an object")
    said = [text_of(content)] if text_of(content) else []
    return "\n".join([*said, json.dumps(calls, ensure_ascii=False, default=str)] if calls else said)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return text_of(part)
    if isinstance(part, Mapping):
        item = cast("Mapping[str, Any]", part)
        if isinstance(item.get("text"), str):
            return text_of(item["text"])
        raise MalformedRowError(f"a content part of type {item.get('type')!r:.60}; only text parts can be used")
    raise MalformedRowError(f"a content part that is {called(part)}")


def _weight(value: Any) -> float:
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise MalformedRowError(f"the weight {value!r:.60}; it must be a number from 0 to 1")
    return float(value)
