"""Counts what is wrong without keeping all of it: the first few in words, the rest as a number."""

from __future__ import annotations

from metier.core.said import Said

_SHOWN = 5
LEAVE_OUT = "set data.broken_rows: leave_out to go on without them"
"""What can be done about single rows that cannot be read."""


class Faults:
    """Faults of one kind in one file."""

    def __init__(self) -> None:
        self.count = 0
        self.shown: list[str] = []

    def add(self, what: str) -> None:
        """Note one more."""
        self.count += 1
        if len(self.shown) < _SHOWN:
            self.shown.append(what)

    def __bool__(self) -> bool:
        return self.count > 0

    def summary(self) -> str:
        """The first five, and how many more there are."""
        more = f" and {self.count - len(self.shown):,} more" if self.count > len(self.shown) else ""
        return "; ".join(self.shown) + more


def left_out(where: str, count: int, rows: int, summary: str) -> str:
    """What is said of rows that cannot be read and are left out."""
    told = "%(where)s: %(n)s of %(rows)s rows cannot be read and are left out: %(why)s."
    if count == 1:
        told = "%(where)s: %(n)s of %(rows)s rows cannot be read and is left out: %(why)s."
    return Said(told, where=where, n=f"{count:,}", rows=f"{rows:,}", why=summary)
