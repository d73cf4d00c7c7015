"""Repetition: the share of an answer that it has said before, word for word; lower is better.

Of all pieces of 20 characters in the answers, those that stood in the same answer before: natural text reads near 0, a
model caught in a loop near 1. By characters, so that it serves every script; the target is not looked at.
"""

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Metric, first_by_second
from metier.evaluation.statistics.item_mean import TEXT_KINDS

_PIECE = 20


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
    """``[N, 2]``: repeated pieces and all pieces."""
    rows = [_count(answer) for answer in answers]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _count(answer: str) -> tuple[int, int]:
    pieces = [answer[start : start + _PIECE] for start in range(len(answer) - _PIECE + 1)]
    return len(pieces) - len(set(pieces)), len(pieces)


repetition = Metric(
    name="repetition", kinds=TEXT_KINDS, statistics=_statistics, value=first_by_second, better="lower", reference=False
)
"""Over all answers together, 0 to 1."""
