"""OpenAI messages: ``{"messages": [{"role": "user", "content": "..."}, ...]}``, each with an optional ``weight``."""

from __future__ import annotations

from typing import Any, cast

from metier.core import Message
from metier.data.understanding.shapes import Shape, Values
from metier.data.understanding.turns import turns_of


def _matches(row: Values) -> bool:
    turns = row.get("messages")
    if not isinstance(turns, list) or not turns:
        return False
    first: Any = cast("list[Any]", turns)[0]
    return isinstance(first, dict) and "role" in first


def _turns(row: Values) -> list[Message]:
    return turns_of(row.get("messages"), role_key="role", content_key="content")


shape = Shape(
    title="OpenAI messages",
    signature="a list 'messages' of role and content",
    matches=_matches,
    turns=_turns,
)
