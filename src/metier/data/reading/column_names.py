"""The names of a table's columns: none is empty, and none stands for two columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from metier.core.names import listed


def column_names(cells: Iterable[str]) -> list[str]:
    """What the columns under these heads are called.

    A column without a head is ``column N``. Of columns with one head (exports of forms and issue trackers have them),
    the second and later ones get a number behind it.

    >>> column_names(["id", " Labels ", "", "Labels", "Labels 2", "Labels"])
    ['id', 'Labels', 'column 3', 'Labels 3', 'Labels 2', 'Labels 4']
    """
    heads = [cell.strip() or f"column {place}" for place, cell in enumerate(cells, 1)]
    taken, names = set(heads), dict[str, None]()
    for head in heads:
        name, number = head, 1
        while name in names or (number > 1 and name in taken):
            number += 1
            name = f"{head} {number}"
        names[name] = None
    return list(names)


def told_repeats(cells: Sequence[str]) -> str:
    """Which heads stand above several columns, in a sentence without its full stop; empty where none does.

    >>> told_repeats(["id", "Labels", "Labels"])
    "columns of one name are numbered ('Labels', 'Labels 2')"
    """
    heads = [cell.strip() for cell in cells]
    repeated = {head for head, count in Counter(heads).items() if head and count > 1}
    pairs = zip(heads, column_names(cells), strict=True)
    numbered = [name for head, name in pairs if head in repeated]
    return f"columns of one name are numbered ({listed(numbered, limit=4)})" if numbered else ""
