"""What readers say of files that cannot be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from metier.core import DataError, Problem
from metier.data.reading.source import Source


def unreadable(source: Source, expected: str, got: str, remedy: str) -> DataError:
    """The error for a file."""
    return DataError([Problem(where=source.name, expected=expected, got=got, remedy=remedy)])


def check_names(names: Sequence[str], source: Source) -> None:
    """Columns of a table must differ by name: one of two values would be lost.

    Raises:
        DataError: some do not.
    """
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        got = f"repeated: {', '.join(map(repr, repeated))}"
        raise unreadable(source, "a different name for each column", got, "rename the columns")
