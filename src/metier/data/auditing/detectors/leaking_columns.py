"""Columns beside the input that give the label away: right after the fact, absent when a new text comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metier.core.said import Said
from metier.data.auditing.finding import Finding, Row, View
from metier.data.digests import digest, repeats

_SURE = 0.95
_BETTER = 0.5
"""A column leaks where it removes at least this share of the majority's errors, and is right on 95% of the rows."""
_FEWEST = 30


def detect(view: View) -> list[Finding]:
    """For ``classify``: each column's value is asked for the label that other rows of that value have."""
    if view.kind != "classify":
        return []
    rows = view.kept
    names = {name for row in rows for name in row.fields}
    numbers: dict[str, int] = {}
    labels = np.fromiter((numbers.setdefault(row.target, len(numbers)) for row in rows), np.int64, len(rows))
    base = np.bincount(labels).max() / len(rows) if len(rows) else 0.0
    found: list[Finding] = []
    for name in sorted(names):
        column = _column(rows, name, labels)
        share = column.right / column.asked if column.asked else 0.0
        if column.asked >= max(_FEWEST, len(rows) // 2) and share >= _SURE and 1 - share <= _BETTER * (1 - base):
            usual = [(rows[place], count) for place, count in column.usual]
            found.append(
                Finding(
                    id=f"leaking_columns.{name}",
                    severity="warning",
                    title=Said(
                        "The column %(name)s gives the label away (right for %(share)s of %(rows)s rows)",
                        name=repr(name),
                        share=f"{share:.0%}",
                        rows=f"{column.asked:,}",
                    ),
                    rows=tuple(row.id for row in rows if row.fields.get(name) is not None),
                    samples=tuple(f"{row.fields.get(name)} -> {row.target} ({count:,} rows)" for row, count in usual),
                    remedy=Said("it is not part of the input; keep it out, unless it is known when a new text comes"),
                )
            )
    return found


class _Column(NamedTuple):
    """What a column says of the labels.

    Attributes:
        right: rows whose label is the most frequent one among other rows of the same value.
        asked: rows with a value that other rows have too.
        usual: place of the first row and number of rows of the two most frequent pairs of value and label.
    """

    right: int
    asked: int
    usual: list[tuple[int, int]]


def _column(rows: Sequence[Row], name: str, labels: NDArray[np.int64]) -> _Column:
    """One column asked for the labels of all rows, which are given as numbers."""
    filled, digests = bytearray(), bytearray()
    for row in rows:
        value = row.fields.get(name)
        filled.append(value is not None)
        digests += digest(str(value))
    values = np.arange(len(rows))
    later, first = repeats(digests)
    values[later] = first
    pairs = values * (labels.max() + 1) + labels
    _, begins, counts = np.unique(pairs, return_index=True, return_counts=True)
    most = np.lexsort((begins, -counts))[:2]
    usual = list(zip(begins[most].tolist(), counts[most].tolist(), strict=True))
    return _Column(*_right(pairs[np.frombuffer(filled, dtype=bool)], int(labels.max()) + 1), usual)


def _right(pairs: NDArray[np.int64], labels: int) -> tuple[int, int]:
    """Rows whose label is the most frequent one among others of the same value, and rows that were asked.

    Args:
        pairs: of each row, the number of its value, times ``labels``, plus that of its label.
        labels: how many there are.
    """
    found, begins, counts = np.unique(pairs, return_index=True, return_counts=True)
    values = found // labels
    order = np.lexsort((begins, -counts, values))
    values, counts, begins = values[order], counts[order], begins[order]
    heads = np.flatnonzero(np.diff(values, prepend=-1))
    if not len(heads):
        return 0, 0
    totals = np.add.reduceat(counts, heads)
    asked = totals > 1
    right = np.where(asked, counts[heads], 0)
    several = totals > counts[heads]
    first, second = heads[several], heads[several] + 1
    # Only rows of the most frequent label can be right: where it is still ahead without the row itself.
    lead = counts[first] - 1 - counts[second]
    right[several] *= (lead > 0) | ((lead == 0) & (begins[first] < begins[second]))
    return int(right.sum()), int(totals[asked].sum())
