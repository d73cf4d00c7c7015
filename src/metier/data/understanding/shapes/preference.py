r"""Preferences: ``chosen`` and ``rejected`` answers, as texts behind a ``prompt`` or as whole conversations.

Other names in use are read too (``accepted``, ``response_j`` and ``response_k``, ...), and two answers with a column
that says which is better (``response_a``, ``response_b``, ``winner``). A prompt that conversations repeat counts once.

The chosen answer is the target; the rejected one goes along as the field ``rejected``. Conversations written as one
text ("\n\nHuman: ... \n\nAssistant: ...") are read too.
"""

from __future__ import annotations

import re
from typing import Any

from metier.core import Message
from metier.data.understanding.exchanges import Exchange, last_exchange
from metier.data.understanding.shapes import MalformedRowError, Roles, Shape, Values
from metier.data.understanding.turns import turns_of
from metier.data.values import is_nested, text_of

_PROMPTS = ("prompt", "question", "instruction", "input", "query", "context")
_TURN = re.compile(r"(?:^|\n\n)(Human|User|Assistant|System): ?")


_PAIRS = (
    ("chosen", "rejected"),
    ("chosen_response", "rejected_response"),
    ("accepted", "rejected"),
    ("preferred", "dispreferred"),
    ("better", "worse"),
    ("response_j", "response_k"),
)
_TWO = (
    ("response_a", "response_b"),
    ("answer_a", "answer_b"),
    ("response_0", "response_1"),
    ("response1", "response2"),
)
_WINNERS = ("winner", "preference", "preferred", "better_response_id", "choice")
_FIRST = frozenset({"a", "model_a", "response_a", "answer_a", "first", "left", "response1"})
_SECOND = frozenset({"b", "model_b", "response_b", "answer_b", "second", "right", "response2"})


def _matches(row: Values) -> bool:
    named = any(isinstance(row.get(better), str | list) and worse in row for better, worse in _PAIRS)
    return named or ("chosen" in row and "rejected" in row) or _two(row) is not None


def _answers(row: Values) -> tuple[Any, Any] | None:
    """The better and the worse answer; None where the row does not say which is."""
    for better, worse in _PAIRS:
        if better in row and worse in row:
            return row[better], row[worse]
    if (two := _two(row)) is None:
        return None
    said = text_of(next(row[name] for name in _WINNERS if name in row)).strip().lower()
    zero = two[0].endswith("0")
    if said in _FIRST or said == ("0" if zero else "1"):
        return row[two[0]], row[two[1]]
    return (row[two[1]], row[two[0]]) if said in _SECOND or said == ("1" if zero else "2") else None


def _two(row: Values) -> tuple[str, str] | None:
    """The columns of two answers, where another says which is better."""
    told = any(name in row for name in _WINNERS)
    return next((two for two in _TWO if told and two[0] in row and two[1] in row), None)


def _exchange(row: Values, roles: Roles) -> Exchange:
    prompt = next((row[name] for name in _PROMPTS if row.get(name)), None)
    asked, answers = _turns(prompt, roles, "user"), _answers(row)
    if answers is None:  # a tie teaches nothing: in the ledger, the row has no answer
        return last_exchange(asked)
    chosen, rejected = (_turns(answer, roles, "assistant") for answer in answers)
    if [(turn.role, turn.content) for turn in chosen[: len(asked)]] != [(turn.role, turn.content) for turn in asked]:
        chosen = [*asked, *chosen]
    found = last_exchange(chosen)
    if not rejected:
        return found
    return found._replace(fields={"rejected": rejected[-1].content})


def _turns(value: Any, roles: Roles, role: Any) -> list[Message]:
    """Messages, a text of several turns, or one turn of ``role``."""
    if isinstance(value, list):
        return turns_of(value, roles, role_key="role", content_key="content")
    if is_nested(value):
        raise MalformedRowError(f"a {type(value).__name__} instead of a text or a list of turns")
    text = text_of(value)
    if not text.strip():
        return []
    parts = _TURN.split(text)
    if len(parts) < 3 or parts[0].strip():
        return [Message(role=role, content=text)]
    items = [
        {"role": name, "content": said.strip()}
        for name, said in zip(parts[1::2], parts[2::2], strict=True)
        if said.strip()
    ]
    return turns_of(items, roles, role_key="role", content_key="content")


shape = Shape(
    title="Preferences",
    signature="a better and a worse answer ('chosen' and 'rejected')",
    columns=tuple(dict.fromkeys(name for pair in (*_PAIRS, *_TWO) for name in pair)) + _PROMPTS,
    kind="generate",
    matches=_matches,
    exchange=_exchange,
    rank=2,
)
