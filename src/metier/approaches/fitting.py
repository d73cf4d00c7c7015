"""What is left out where an example is too long, and in which order: the same for training and for answering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import dropwhile
from typing import NamedTuple

from metier.core import Example, Message
from metier.models import LanguageModel


class Fitted(NamedTuple):
    """An example that has been made to fit.

    Attributes:
        example: with fewer passages, less history or a shorter input, where that was needed; never another target.
        shown: the demonstrations that are left.
        cut: tokens of history and input that were left out.
        fits: False where even without any input it is too long.
    """

    example: Example
    shown: Sequence[Example]
    cut: int
    fits: bool


def fit(
    model: LanguageModel,
    example: Example,
    shown: Sequence[Example],
    *,
    room: int,
    length: Callable[[Example, Sequence[Example]], int],
) -> Fitted:
    """Leave out demonstrations, the first ones first; passages, the last ones first; the oldest turns; the input's end.

    Args:
        model: gives the tokenizer.
        example: what is asked.
        shown: what stands before it.
        room: tokens that there is room for.
        length: tokens that an example takes with its demonstrations.
    """
    whole, over = example, length(example, shown) - room
    while over > 0 and shown:
        shown = shown[1:]
        over = length(example, shown) - room
    while over > 0 and example.passages:
        example = replace(example, passages=example.passages[:-1])
        over = length(example, shown) - room
    while over > 0 and (kept := _without_oldest(example.history)) != example.history:
        example = replace(example, history=kept)
        over = length(example, shown) - room
    words = model.encode(example.input) if over > 0 else []
    left = len(words)
    while over > 0 and left:
        left = max(0, left - over)
        # A cut through a character leaves its half out too: it would come back as three other tokens.
        example = replace(example, input=model.tokenizer.decode(words[:left]).rstrip("\ufffd"))
        over = length(example, shown) - room
    cut = 0 if example is whole else _tokens(model, whole) - _tokens(model, example)
    return Fitted(example, shown, cut, over <= 0)


def _tokens(model: LanguageModel, example: Example) -> int:
    return sum(len(model.encode(text)) for text in (*(turn.content for turn in example.history), example.input))


def _without_oldest(history: Sequence[Message]) -> tuple[Message, ...]:
    """Without the first turns up to the next user turn; system turns at the beginning stay."""
    told = [turn for turn in history if turn.role == "system"]
    said = [turn for turn in history if turn.role != "system"]
    return (*told, *dropwhile(lambda turn: turn.role != "user", said[1:]))
