"""Cross-validation: rows in k parts of equal size and equal shares of labels; groups and near copies stay whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from warnings import catch_warnings, simplefilter

from metier.core import DataError, Problem


def parted(labels: Sequence[str], together: Sequence[int], parts: int, *, seed: int) -> list[list[int]]:
    """Places of the rows of each part.

    Args:
        labels: of each row, whose shares are kept where there are enough of any; equal texts where they do not matter.
        together: the number of each row's group, which stays whole.
        parts: how many, at least 2.
        seed: from :func:`metier.core.derive`.

    Raises:
        DataError: fewer groups of rows than parts.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if len(set(together)) < parts:
        problem = Problem(
            where="cross-validation",
            expected=f"at least {parts} groups of rows that can be told apart",
            got=f"{len(set(together))} groups of {len(labels):,} rows",
            remedy="use fewer parts, or add rows",
        )
        raise DataError([problem])
    frequent = max(Counter(labels).values()) >= parts
    strata = list(labels) if frequent else [""] * len(labels)
    found = StratifiedGroupKFold(parts, shuffle=True, random_state=seed % 2**32)
    with catch_warnings():
        simplefilter("ignore", UserWarning)  # a label with fewer rows than parts is missing in some of them
        return [held.tolist() for _, held in found.split(strata, strata, together)]
