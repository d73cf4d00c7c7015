"""How much of an answer's words are those of the right answer."""

from __future__ import annotations

import re
from collections import Counter

# Han and kana are written without spaces: each sign counts as a word.
_SIGN = "\u3040-\u30ff\u4e00-\u9fff"
_WORD = re.compile(rf"[{_SIGN}]|[^\W{_SIGN}]+")


def overlap(given: str, right: str) -> float:
    """F1 of the words of two texts (1: the same words, 0: none in common), whatever their order and case.

    >>> overlap("The red bus", "the bus is red"), overlap("", "")
    (0.857..., 1.0)
    """
    ours, theirs = Counter(_WORD.findall(given.casefold())), Counter(_WORD.findall(right.casefold()))
    if not ours or not theirs:
        return float(ours == theirs)
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())
