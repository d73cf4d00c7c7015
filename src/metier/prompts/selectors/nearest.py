"""Demonstrations most like the question, the most like one last (Liu et al. 2022, arXiv 2101.06804)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from metier.core import Example
from metier.prompts.selection import Embed, is_own


def choose(
    pool: Sequence[Example], questions: Sequence[Example], *, count: int, seed: int, embed: Embed
) -> list[list[Example]]:
    """The ``count`` of ``pool`` with the highest cosine similarity to each question, ascending.

    A question's own row and rows of its group are never shown to it.
    """
    known = embed([example.input for example in pool])  # [P, D], unit rows
    asked = embed([question.input for question in questions])  # [Q, D]
    chosen: list[list[Example]] = []
    for question, similarities in zip(questions, asked @ known.T, strict=True):
        order = np.argsort(-similarities, kind="stable")
        best = islice((pool[i] for i in order if not is_own(pool[i], question)), count)
        chosen.append([*best][::-1])
    return chosen
