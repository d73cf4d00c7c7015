"""ShareGPT: ``{"conversations": [{"from": "human", "value": "..."}, ...]}``, with an optional ``system`` beside it."""

from __future__ import annotations

from typing import Any, cast

from metier.core import Message
from metier.data.understanding.exchanges import last_exchange
from metier.data.understanding.shapes import Roles, Shape, Values
from metier.data.understanding.turns import turns_of
from metier.data.values import is_blank, text_of


def _first(row: Values) -> dict[str, Any]:
    turns = row.get("conversations")
    if not isinstance(turns, list) or not turns:
        return {}
    first: Any = cast("list[Any]", turns)[0]
    return cast("dict[str, Any]", first) if isinstance(first, dict) else {}


def _matches(row: Values) -> bool:
    return "from" in _first(row) or "role" in _first(row)


def _turns(row: Values, roles: Roles) -> list[Message]:
    keys = ("from", "value") if "from" in _first(row) else ("role", "content")
    turns = turns_of(row.get("conversations"), roles, role_key=keys[0], content_key=keys[1])
    system = text_of(row.get("system"))
    if is_blank(system) or (turns and turns[0].role == "system"):
        return turns
    return [Message(role="system", content=system), *turns]


shape = Shape(
    title="ShareGPT",
    signature="a list 'conversations' of from and value",
    matches=_matches,
    columns=("conversations", "system", "tools"),
    exchange=lambda row, roles: last_exchange(_turns(row, roles)),
    turns=_turns,
)
