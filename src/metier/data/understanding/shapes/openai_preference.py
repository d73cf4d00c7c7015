"""OpenAI preferences: ``input.messages``, ``preferred_output`` and ``non_preferred_output``, lists of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from metier.data.understanding.exchanges import Exchange, last_exchange
from metier.data.understanding.shapes import Roles, Shape, Values
from metier.data.understanding.turns import turns_of


def _matches(row: Values) -> bool:
    return "preferred_output" in row and "non_preferred_output" in row and isinstance(row.get("input"), Mapping)


def _exchange(row: Values, roles: Roles) -> Exchange:
    asked = cast("Mapping[str, Any]", row["input"]).get("messages") if isinstance(row.get("input"), Mapping) else None
    turns = [
        turns_of(items, roles, role_key="role", content_key="content")
        for items in (asked, row.get("preferred_output"), row.get("non_preferred_output"))
    ]
    found = last_exchange([*turns[0], *turns[1]])
    return found._replace(fields={"rejected": turns[2][-1].content}) if turns[2] else found


shape = Shape(
    title="OpenAI preferences",
    signature="'input.messages', 'preferred_output' and 'non_preferred_output'",
    columns=("input", "preferred_output", "non_preferred_output"),
    matches=_matches,
    exchange=_exchange,
    rank=3,
)
