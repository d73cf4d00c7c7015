"""The same demonstrations for every question, drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from metier.core import Example, derive
from metier.prompts.selection import Embed, is_own


def choose(
    pool: Sequence[Example], questions: Sequence[Example], *, count: int, seed: int, embed: Embed
) -> list[list[Example]]:
    """``count`` examples drawn once by ``seed``; the same list for each question, less its own row and group."""
    drawn = Random(derive(seed, "demonstrations", "random")).sample(list(pool), min(count, len(pool)))
    return [[example for example in drawn if not is_own(example, question)] for question in questions]
