"""Answers that are numbers: the last number of the answer against the last one of the target.

The last, because a model that reasons writes its result at the end (as GSM8K is scored). ``1,234.5`` is read as English
writes it; a comma that does not part thousands ends a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from metier.evaluation.scoring.squad import tokens

_NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|(?<![\w.])[-+−]?\.\d+")


def last_number(text: str) -> float | None:
    """The last number in a text; None where there is none.

    >>> last_number("so 3 * 411.5 makes $1,234.50."), last_number("none")
    (1234.5, None)
    """
    found = _NUMBER.findall(text)
    return float(found[-1].replace(",", "").replace("−", "-")) if found else None


def close(tolerance: float) -> Callable[[str, str], float]:
    """Whether an answer's number lies within ``tolerance`` (a share) of the target's, as 0 or 1.

    Where the target has no number, the texts must be equal as exact match has it.
    """

    def score(target: str, answer: str) -> float:
        wanted, given = last_number(target), last_number(answer)
        if wanted is None:
            return float(tokens(target) == tokens(answer))
        return float(given is not None and abs(given - wanted) <= tolerance * abs(wanted) + 1e-12)

    return score
