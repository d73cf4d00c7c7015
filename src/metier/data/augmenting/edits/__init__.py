"""The contract of edits, and their registry."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from random import Random
from typing import Protocol

from metier.core import Registry


class Edit(Protocol):
    """Changes a text so that its right answer stays the same.

    A minimal one::

        def edit(text, random, keep):
            return text.lower()
    """

    def __call__(self, text: str, random: Random, keep: AbstractSet[str]) -> str:
        """The changed text; the text itself where nothing can be changed.

        Args:
            text: an input.
            random: the only source of chance.
            keep: words, in lower case, that must stay as they are: those of the answer.
        """
        ...


EDITS: Registry[Edit] = Registry("metier.data.augmenting.edits", kind="edit", attribute="edit")
"""All edits, by file name."""
