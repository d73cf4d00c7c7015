"""The contract of demonstration selectors, and their registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from metier.core import Example, Registry

Embed = Callable[[Sequence[str]], Any]
"""Texts to unit vectors, numpy float32 [len(texts), width]. Only selectors that compare texts call it."""


class Choose(Protocol):
    """Picks demonstrations for questions.

    A minimal one::

        def choose(pool, questions, *, count, seed, embed):
            return [list(pool[:count]) for _ in questions]
    """

    def __call__(
        self, pool: Sequence[Example], questions: Sequence[Example], *, count: int, seed: int, embed: Embed
    ) -> list[list[Example]]:
        """At most ``count`` examples of ``pool`` for each question, in the order in which they are shown.

        Never one that gives the question away: see :func:`is_own`.
        """
        ...


def is_own(shown: Example, question: Example) -> bool:
    """Whether ``shown`` is the question's own row or one of its group: in training, questions come from the pool.

    A row that was made of ``shown`` counts as its own too.
    """
    sources = question.fields.get("made_from")
    own = shown.id == question.id or (isinstance(sources, tuple) and shown.id in sources)
    return own or (shown.group is not None and shown.group == question.group)


SELECTORS: Registry[Choose] = Registry("metier.prompts.selectors", kind="demonstration selector", attribute="choose")
"""All selectors, by file name."""
