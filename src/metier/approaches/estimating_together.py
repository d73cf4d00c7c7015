"""What an estimate needs of tasks that are learnt together: their rows, a part of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from metier.approaches.estimating import MOST_ROWS, Bench, some_of
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning.together import Other, others_of
from metier.core import Example
from metier.core.artifacts import hash_value


class Sampled(NamedTuple):
    """Training rows of all tasks, of each about the same share.

    Attributes:
        own: of the run's own task.
        others: the other tasks, with fewer rows.
        share: of all rows.
        answered: validation rows of the other tasks that are answered after training.
    """

    own: list[Example]
    others: tuple[Other, ...]
    share: float
    answered: int


def sampled(own: Sequence[Example], settings: ApproachSettings, bench: Bench) -> Sampled:
    """At most :data:`MOST_ROWS` rows of all tasks together.

    Args:
        own: training rows of the run's own task.
        settings: of the approach.
        bench: keeps the other tasks' rows for whoever else asks for the same.
    """
    if not settings.tasks:
        rows, share = some_of(own)
        return Sampled(rows, (), share, 0)
    key = "tasks", hash_value(settings.tasks)
    others = bench.once(key, lambda: others_of(settings, bench.known.validation, bench.resources))
    total = len(own) + sum(len(other.train) for other in others)

    def part(rows: Sequence[Example]) -> list[Example]:
        return some_of(rows, max(1, round(len(rows) * min(1.0, MOST_ROWS / total))))[0] if rows else []

    mine = part(own)
    fewer = tuple(other._replace(train=tuple(part(other.train))) for other in others)
    taken = len(mine) + sum(len(other.train) for other in fewer)
    answered = sum(min(other.settings.measured, len(other.validation)) for other in others)
    return Sampled(mine, fewer, taken / total, answered)
