"""OpenAI messages: ``{"messages": [{"role": "user", "content": "..."}, ...]}``, each with an optional ``weight``."""

from __future__ import annotations

from typing import Any, cast

from metier.core import Message
from metier.data.understanding.exchanges import last_exchange
from metier.data.understanding.shapes import Roles, Shape, Values
from metier.data.understanding.turns import turns_of, with_tools


def _matches(row: Values) -> bool:
    turns = row.get("messages")
    if not isinstance(turns, list) or not turns:
        return False
    first: Any = cast("list[Any]", turns)[0]
    return isinstance(first, dict) and "role" in first


def _turns(row: Values, roles: Roles) -> list[Message]:
    """The turns; tools that could be called stand at the end of the system text, as JSON."""
    turns = turns_of(row.get("messages"), roles, role_key="role", content_key="content")
    tools = row.get("tools") or row.get("functions")
    return with_tools(turns, tools) if tools else turns


shape = Shape(
    title="OpenAI messages",
    signature="a list 'messages' of role and content",
    matches=_matches,
    columns=("messages", "tools", "functions", "parallel_tool_calls"),
    exchange=lambda row, roles: last_exchange(_turns(row, roles)),
    turns=_turns,
)
