"""Row shapes that hold a conversation: one file for each convention, found by its name.

A shape says whether a row follows its convention and turns it into messages. A row of none of them is a row of a plain
table. Third parties add shapes by the entry point ``metier.data.understanding.shapes``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from metier.core import Message, Registry

Values = Mapping[str, Any]


class MalformedRowError(ValueError):
    """A row follows a shape, but not all the way. The message says what stood there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One convention for conversations.

    Attributes:
        title: what people call it.
        signature: what its rows have, to be read after "rows have".
        matches: whether a row follows it.
        turns: the row's messages, oldest first; raises MalformedRowError.
    """

    title: str
    signature: str
    matches: Callable[[Values], bool]
    turns: Callable[[Values], list[Message]]


SHAPES: Registry[Shape] = Registry("metier.data.understanding.shapes", kind="row shape", attribute="shape")


__all__ = ["SHAPES", "MalformedRowError", "Shape", "Values"]
