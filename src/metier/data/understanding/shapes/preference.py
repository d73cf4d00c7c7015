r"""Preferences: ``chosen`` and ``rejected`` answers, as texts behind a ``prompt`` or as whole conversations.

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


def _matches(row: Values) -> bool:
    return "chosen" in row and "rejected" in row


def _exchange(row: Values, roles: Roles) -> Exchange:
    prompt = next((row[name] for name in _PROMPTS if row.get(name)), None)
    found = last_exchange([*_turns(prompt, roles, "user"), *_turns(row.get("chosen"), roles, "assistant")])
    rejected = _turns(row.get("rejected"), roles, "assistant")
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
    signature="'chosen' and 'rejected'",
    columns=("chosen", "rejected", *_PROMPTS),
    kind="generate",
    matches=_matches,
    exchange=_exchange,
    rank=2,
)
