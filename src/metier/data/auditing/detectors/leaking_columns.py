"""Columns beside the input that give the label away: right after the fact, absent when a new text comes."""

from __future__ import annotations

from collections import Counter, defaultdict

from metier.data.auditing.finding import Finding, Row, View

_SURE = 0.95
_BETTER = 0.5
"""A column leaks where it removes at least this share of the majority's errors, and is right on 95% of the rows."""
_FEWEST = 30


def detect(view: View) -> list[Finding]:
    """For ``classify``: each column's value is asked for the label that other rows of that value have."""
    rows = view.kept if view.kind == "classify" else []
    names = {name for row in rows for name in row.fields}
    base = Counter(row.target for row in rows).most_common(1)[0][1] / len(rows) if rows else 0.0
    found: list[Finding] = []
    for name in sorted(names):
        right, asked = _right(rows, name)
        share = right / asked if asked else 0.0
        if asked >= max(_FEWEST, len(rows) // 2) and share >= _SURE and 1 - share <= _BETTER * (1 - base):
            pairs = Counter((str(row.fields.get(name)), row.target) for row in rows).most_common(2)
            found.append(
                Finding(
                    id=f"leaking_columns.{name}",
                    severity="warning",
                    title=f"The column {name!r} gives the label away (right for {share:.0%} of {asked:,} rows)",
                    rows=tuple(row.id for row in rows if row.fields.get(name) is not None),
                    samples=tuple(f"{value} -> {label} ({count:,} rows)" for (value, label), count in pairs),
                    remedy="it is not part of the input; keep it out, unless it is known when a new text comes",
                )
            )
    return found


def _right(rows: list[Row], name: str) -> tuple[int, int]:
    """Rows whose label is the most frequent one among other rows of the same value, and rows that were asked."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.fields.get(name) is not None:
            counts[str(row.fields[name])][row.target] += 1
    right = asked = 0
    for row in rows:
        others = counts[str(row.fields[name])].copy() if row.fields.get(name) is not None else Counter[str]()
        others[row.target] -= 1
        if others.total() > 0:
            asked += 1
            right += others.most_common(1)[0][0] == row.target
    return right, asked
