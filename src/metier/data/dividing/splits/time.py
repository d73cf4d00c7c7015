"""A split by time: the oldest groups are learnt from, the newest are measured with, as it will be in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np

from metier.core import SplitName
from metier.data.dividing.splits.groups import Group
from metier.data.dividing.splits.stratified import Shares

_ORDER: tuple[SplitName, ...] = ("train", "validation", "test")


def moment_of(value: object) -> float | None:
    """Seconds since 1970 of an ISO date, with or without a time, or of a number; None for anything else.

    A time without a zone is taken as UTC.

    >>> moment_of("1970-01-02"), moment_of("1970-01-01T00:01:00+00:00"), moment_of(7), moment_of("soon")
    (86400.0, 60.0, 7.0, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime | date):
        value = value.isoformat()
    text = str(value).strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def by_time(groups: Sequence[Group], moments: Sequence[float], shares: Shares) -> list[SplitName]:
    """The split of each group: by its latest row, filled up in the order train, validation, test.

    Args:
        groups: what must stay together; rows are indices into ``moments``.
        moments: the time of every row.
        shares: each split's share of the rows; they sum to 1.
    """
    latest = np.fromiter((max(moments[row] for row in group.rows) for group in groups), np.float64, len(groups))
    total = sum(len(group.rows) for group in groups)
    edges = {"train": shares["train"] * total, "validation": (shares["train"] + shares.get("validation", 0)) * total}
    chosen: list[SplitName] = ["test"] * len(groups)
    dealt = 0
    for place in map(int, np.argsort(latest, kind="stable")):
        size = len(groups[place].rows)
        middle = dealt + size / 2
        chosen[place] = _ORDER[0 if middle < edges["train"] else 1 if middle < edges["validation"] else 2]
        dealt += size
    return chosen
