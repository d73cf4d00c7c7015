"""Alpaca: ``instruction`` and ``output``, with optional ``input``, ``system`` and ``history`` (pairs of turns)."""

from __future__ import annotations

from typing import Any, cast

from metier.core import Message
from metier.data.understanding.exchanges import last_exchange
from metier.data.understanding.shapes import MalformedRowError, Roles, Shape, Values
from metier.data.values import is_blank, is_nested, text_of


def _matches(row: Values) -> bool:
    return "instruction" in row and "output" in row and not is_nested(row["instruction"])


def _turns(row: Values, roles: Roles) -> list[Message]:
    """The instruction and the input, a line apart, are one user turn."""
    asked = [text for text in (_text(row, "instruction"), _text(row, "input")) if not is_blank(text)]
    system = _text(row, "system")
    turns = [] if is_blank(system) else [Message(role="system", content=system)]
    turns.extend(_history(row.get("history")))
    turns.append(Message(role="user", content="\n".join(asked)))
    turns.append(Message(role="assistant", content=_text(row, "output")))
    return turns


def _text(row: Values, key: str) -> str:
    if is_nested(row.get(key)):
        raise MalformedRowError(f"a {type(row[key]).__name__} in {key!r}")
    return text_of(row.get(key))


def _history(pairs: Any) -> list[Message]:
    if pairs is None or pairs == "":
        return []
    if not isinstance(pairs, list):
        raise MalformedRowError(f"a {type(pairs).__name__} in 'history'")
    turns: list[Message] = []
    for pair in cast("list[Any]", pairs):
        if not isinstance(pair, list) or len(cast("list[Any]", pair)) != 2:
            raise MalformedRowError("a history entry that is not a pair of user and assistant text")
        user, assistant = cast("list[Any]", pair)
        turns += [Message(role="user", content=text_of(user)), Message(role="assistant", content=text_of(assistant))]
    return turns


shape = Shape(
    title="Alpaca",
    signature="columns 'instruction' and 'output'",
    matches=_matches,
    columns=("instruction", "input", "output", "system", "history"),
    kind=None,
    exchange=lambda row, roles: last_exchange(_turns(row, roles)),
    turns=_turns,
)
