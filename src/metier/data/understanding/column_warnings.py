"""What the columns themselves give reason to say: groups not followed, personal data, a header that is a row."""

from __future__ import annotations

from collections.abc import Sequence

from metier.core.said import Said
from metier.data.understanding.columns import Column
from metier.data.understanding.roles import looks_personal, may_hold_together

_FEWEST_GROUPS = 3
"""Values of a group column below which no split into three could follow it."""


def column_warnings(columns: Sequence[Column], *, group: str | None) -> list[str]:
    """Sentences about columns with their roles.

    Args:
        columns: all of them.
        group: the column that holds rows together; None: none does.
    """
    warnings: list[str] = []
    for column in columns:
        if group is None and may_hold_together(column, fewest=_FEWEST_GROUPS):
            warnings.append(
                Said(
                    "%(quoted)s has %(n)s values in %(rows)s rows: rows of one value may land on both sides of a "
                    "split. If they belong together, set data.group: %(name)s.",
                    quoted=repr(column.name),
                    n=f"{column.distinct:,}",
                    rows=f"{column.filled:,}",
                    name=column.name,
                )
            )
        warnings += _personal(column, hashed=column.name == group)
        if column.name == column.frequent and column.distinct > 1:
            warnings.append(
                Said(
                    "The column name %(name)s is also a frequent value of that column: perhaps the first line is a row "
                    "and the file has no header.",
                    name=repr(column.name),
                )
            )
    return warnings


def _personal(column: Column, *, hashed: bool) -> list[str]:
    if hashed and (why := looks_personal(column)):
        told = "%(name)s looks personal (%(why)s); in the prepared rows a hash stands for each of its values."
        return [Said(told, name=repr(column.name), why=why)]
    if column.role == "personal":
        told = "%(name)s looks personal (%(why)s); it does not go into the prepared rows."
        return [Said(told, name=repr(column.name), why=column.reason)]
    told = "%(name)s seems to hold %(kind)s (%(share)s of the cells that were looked at)."
    return [
        Said(told, name=repr(column.name), kind=Said(kind), share=f"{share:.1%}")
        for kind, share in column.personal.items()
    ]
