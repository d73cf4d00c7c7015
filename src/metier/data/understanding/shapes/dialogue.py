"""Dialogues of any making: a list of turns, each with a speaker and a text, whatever the keys are called.

``{"utterances": [{"speaker": "customer", "text": "..."}, ...]}``. Turns of one speaker that follow each other are
joined. Speakers with names of their own are told apart by ``data.roles``.
"""

from __future__ import annotations

from typing import Any, cast

from metier.core import Message
from metier.data.understanding.exchanges import last_exchange
from metier.data.understanding.shapes import Roles, Shape, Values
from metier.data.understanding.spoken import keys_of_turn
from metier.data.understanding.turns import joined, turns_of


def _found(row: Values) -> tuple[str, str, str] | None:
    """The column of turns, and the keys of speaker and text."""
    for column, value in row.items():
        if column in {"messages", "conversations"} or not isinstance(value, list) or not value:
            continue
        if keys := keys_of_turn(cast("list[Any]", value)[0]):
            return column, *keys
    return None


def _turns(row: Values, roles: Roles) -> list[Message]:
    found = _found(row)
    if found is None:
        return []
    column, speaker, text = found
    return joined(turns_of(row[column], roles, role_key=speaker, content_key=text))


shape = Shape(
    title="Dialogues",
    signature="a list of turns with speaker and text",
    columns=("turns", "utterances", "dialogue", "dialog", "conversation"),
    matches=lambda row: _found(row) is not None,
    exchange=lambda row, roles: last_exchange(_turns(row, roles)),
    turns=_turns,
    rank=-1,
)
