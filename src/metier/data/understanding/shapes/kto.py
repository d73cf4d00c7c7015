"""KTO: ``prompt``, ``completion`` and a truth value that says whether the completion is wanted.

Unwanted answers are not learnt from: their weight is 0, and the ledger says so.
"""

from __future__ import annotations

from typing import Any

from metier.core import Message
from metier.data.understanding.exchanges import Exchange, last_exchange
from metier.data.understanding.shapes import Roles, Shape, Values
from metier.data.understanding.turns import turns_of
from metier.data.values import text_of

_FLAGS = ("label", "desirable", "kto_tag", "thumbs_up")
_ANSWERS = ("completion", "response", "answer", "output")


def _flag(row: Values) -> bool | None:
    for name in _FLAGS:
        value: Any = row.get(name)
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
            return value.strip().lower() == "true"
    return None


def _matches(row: Values) -> bool:
    return "prompt" in row and any(name in row for name in _ANSWERS) and _flag(row) is not None


def _exchange(row: Values, roles: Roles) -> Exchange:
    answer = next((row[name] for name in _ANSWERS if name in row), None)
    found = last_exchange([*_turns(row.get("prompt"), roles, "user"), *_turns(answer, roles, "assistant")])
    wanted = _flag(row) is not False
    return found._replace(weight=found.weight if wanted else 0.0, fields={"desirable": wanted})


def _turns(value: Any, roles: Roles, role: Any) -> list[Message]:
    if isinstance(value, list):
        return turns_of(value, roles, role_key="role", content_key="content")
    return [Message(role=role, content=text_of(value))]


shape = Shape(
    title="KTO",
    signature="'prompt', an answer and a truth value",
    columns=("prompt", *_ANSWERS, *_FLAGS),
    kind="generate",
    matches=_matches,
    exchange=_exchange,
    rank=2,
)
