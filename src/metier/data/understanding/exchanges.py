"""What a conversation teaches: its last answer, the user turn that was answered, and everything before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from metier.core import Message
from metier.core.types import NO_FIELDS
from metier.data.values import is_blank


class Exchange(NamedTuple):
    """A conversation as an example.

    ``target`` is empty where no assistant turn answers a user turn; ``weight`` is the answer's share of the loss;
    ``unused`` counts the turns after the answer; ``fields`` go along with the row (a rejected answer, the spans);
    rows of one ``group`` belong together where the recipe names no group.
    """

    input: str
    target: str = ""
    history: tuple[Message, ...] = ()
    weight: float = 1.0
    unused: int = 0
    fields: Mapping[str, Any] = NO_FIELDS
    group: str | None = None


def last_exchange(turns: Sequence[Message]) -> Exchange:
    """The last assistant turn that directly follows a user turn, with that user turn as input.

    An answer of weight 0 is only taken where there is no other: its author marked it as not to be learnt from.

    >>> talk = [("user", "hi"), ("assistant", "hello"), ("user", "my card?"), ("assistant", "blocked")]
    >>> found = last_exchange([Message(role=role, content=text) for role, text in talk])
    >>> found.input, found.target, len(found.history)
    ('my card?', 'blocked', 2)
    """
    answers = [
        place
        for place in range(1, len(turns))
        if turns[place].role == "assistant" and turns[place - 1].role == "user" and not is_blank(turns[place].content)
    ]
    if not answers:
        asked = [place for place, turn in enumerate(turns) if turn.role == "user"]
        return Exchange(turns[asked[-1]].content, history=tuple(turns[: asked[-1]])) if asked else Exchange("")
    last = next((place for place in reversed(answers) if turns[place].weight > 0), answers[-1])
    return Exchange(
        input=turns[last - 1].content,
        target=turns[last].content,
        history=tuple(turns[: last - 1]),
        weight=turns[last].weight,
        unused=len(turns) - last - 1,
    )
