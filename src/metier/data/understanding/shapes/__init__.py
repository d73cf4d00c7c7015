"""Row shapes: conventions for rows that are more than a table; one file for each, found by its name.

A shape says whether a row follows it and turns the row into what is answered and the answer to it: a conversation into
its last exchange, a text with marked spans into the text and the spans as JSON, a question with its context into one
text. A row of no shape is a row of a plain table. Third parties add shapes by the entry point
``metier.data.understanding.shapes``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metier.core import Message, Registry, Role, TaskKind
from metier.core.types import NO_FIELDS
from metier.data.understanding.exchanges import Exchange

Values = Mapping[str, Any]
Roles = Mapping[str, Role]
"""A recipe's own names of speakers, in lower case, to roles."""


class MalformedRowError(ValueError):
    """A row follows a shape, but not all the way. The message says what stood there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One convention.

    Attributes:
        title: what people call it.
        signature: what its rows have, to be read after "rows have".
        columns: columns that hold the content, of those that rows of this shape may have.
        kind: the task that such rows are for; None: a chat where any row has turns before the last, else a text.
        matches: whether a row follows it.
        exchange: what a row asks and answers, by the recipe's roles; raises MalformedRowError.
        turns: the row's messages, oldest first, where it is a conversation; raises MalformedRowError.
        instruction: what is to be done, where the shape says it; empty otherwise.
        share: share of the rows that must follow it, at least.
        rank: of two shapes that rows follow equally, the one with the higher rank is taken.
    """

    title: str
    signature: str
    columns: Sequence[str]
    matches: Callable[[Values], bool]
    exchange: Callable[[Values, Roles], Exchange]
    kind: TaskKind | None = "chat"
    turns: Callable[[Values, Roles], list[Message]] | None = None
    instruction: str = ""
    share: float = 0.5
    rank: int = 0

    def question(self, row: Values, roles: Roles = NO_FIELDS) -> tuple[str, tuple[Message, ...]] | None:
        """What a row without an answer asks, and the turns before it; None where it asks nothing.

        Raises:
            MalformedRowError: the row does not follow the shape.
        """
        if self.turns is None:
            found = self.exchange(row, roles)
            return (found.input, found.history) if found.input.strip() else None
        turns = self.turns(row, roles)
        asked = [place for place, turn in enumerate(turns) if turn.role == "user" and turn.content.strip()]
        return (turns[asked[-1]].content, tuple(turns[: asked[-1]])) if asked else None


SHAPES: Registry[Shape] = Registry("metier.data.understanding.shapes", kind="row shape", attribute="shape")


__all__ = ["SHAPES", "MalformedRowError", "Roles", "Shape", "Values"]
