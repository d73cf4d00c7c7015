"""Prompt and completion as lists of messages; as texts they are a plain table."""

from __future__ import annotations

from metier.core import Message
from metier.data.understanding.exchanges import last_exchange
from metier.data.understanding.shapes import Roles, Shape, Values
from metier.data.understanding.turns import turns_of


def _matches(row: Values) -> bool:
    return isinstance(row.get("prompt"), list) and isinstance(row.get("completion"), list)


def _turns(row: Values, roles: Roles) -> list[Message]:
    return [
        turn
        for name in ("prompt", "completion")
        for turn in turns_of(row.get(name), roles, role_key="role", content_key="content")
    ]


shape = Shape(
    title="Prompt and completion",
    signature="lists of messages 'prompt' and 'completion'",
    columns=("prompt", "completion"),
    matches=_matches,
    exchange=lambda row, roles: last_exchange(_turns(row, roles)),
    turns=_turns,
    rank=1,
)
