"""Whether there is enough to learn from and to measure with, before anything is split or trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from metier.core import DataError, Problem
from metier.core.names import listed
from metier.core.said import Said
from metier.core.tasks import TaskForm
from metier.data.ledger import Ledger
from metier.data.values import shorten

FEWEST_ROWS = 10
"""Usable rows below which no split makes sense: 7 to learn from, 1 to choose by, 2 to measure with."""


def require_enough(ledger: Ledger, labels: Sequence[str], form: TaskForm, *, where: str) -> None:
    """Check the rows that are kept.

    Raises:
        DataError: fewer than 10 usable rows, one class only (or no label at all), as many classes as rows; all that
            apply.
    """
    kept = ledger.kept()
    problems: list[Problem] = []
    if len(kept) < FEWEST_ROWS:
        expected = f"at least {FEWEST_ROWS} usable rows (7 to learn from, 1 to choose by, 2 to measure with)"
        remedy = "add rows, or correct those that cannot be used"
        first = next((row.why for row in ledger.rows(labels=False) if row.status == "label_unknown"), "")
        got = _accounted(ledger) + (f": {first}" if form.numeric and first else "")
        problems.append(Problem(where=where, expected=expected, got=got, remedy=remedy))
    if form.has_labels and not form.chooses and not labels:
        expected, remedy = "a label in one row at least", "add rows that have some, or name another column: data.target"
        problems.append(Problem(where=where, expected=expected, got="none in all rows", remedy=remedy))
    if form.numeric and len(kept) >= FEWEST_ROWS and _all_equal(ledger, kept):
        expected, remedy = "at least two different numbers", "add rows, or name another column: data.target"
        got = f"{ledger.targets[kept[0]]} in all {len(kept):,} rows"
        problems.append(Problem(where=where, path="data.target", expected=expected, got=got, remedy=remedy))
    if form.chooses:
        problems += _label_problems({ledger.targets[index] for index in kept}, labels, len(kept), where)
    if problems:
        raise DataError(problems)


def require_given_splits(ledger: Ledger, form: TaskForm, *, where: str) -> list[str]:
    """Check splits that came with the data; returns warnings about labels that train lacks.

    Raises:
        DataError: no usable row in train or test.
    """
    rows = Counter(ledger.entries[index].split for index in ledger.kept())
    problems = [
        Problem(
            where=where,
            expected=f"{fewest} usable {'row' if fewest == 1 else 'rows'} or more for {split}",
            got=str(rows[split]),
            remedy="add rows to that split, or let Metier split: one file, and no split column",
        )
        for split, fewest in (("train", 2), ("test", 1))
        if rows[split] < fewest
    ]
    if problems:
        raise DataError(problems)
    learnt, wanted = (
        Counter(
            label
            for index in ledger.kept()
            if ledger.entries[index].split == split
            for label in form.labels_of(ledger.targets[index])
        )
        for split in ("train", "test")
    )
    unlearnt = sorted(wanted.keys() - learnt.keys())
    if not unlearnt:
        return []
    number = sum(wanted[label] for label in unlearnt)
    told = "Test rows with a label that no training row has: %(n)s (%(labels)s)."
    return [Said(told, n=f"{number:,}", labels=listed(unlearnt, limit=6))]


def require_filled(ledger: Ledger, *, groups: int, where: str, column: str | None) -> None:
    """Check a split that Metier made.

    Args:
        ledger: with every kept row in its split.
        groups: of rows that had to stay on one side.
        where: the first file.
        column: the recipe's group column; None: only near copies were kept together.

    Raises:
        DataError: a split without rows, as there are too few groups that can be told apart.
    """
    empty = [split for split in ("train", "validation", "test") if not ledger.kept(split)]
    if not empty:
        return
    rows, left = f"{len(ledger.kept()):,} usable rows", f"nothing is left for {' and '.join(empty)}"
    if column is None:
        expected = "at least 3 rows that are no near copies of one another, to stand on different sides"
        got = f"{rows} that are near copies in {groups} {'group' if groups == 1 else 'groups'}; {left}"
        remedy = "add rows that differ; a long text that all of them share belongs into task.instruction"
        raise DataError([Problem(where=where, expected=expected, got=got, remedy=remedy)])
    expected = "at least 3 groups of rows that can be put on different sides"
    got = f"{rows} in {groups} groups; {left}"
    remedy = "leave data.group out or name another column, or add rows"
    raise DataError([Problem(where=where, path="data.group", expected=expected, got=got, remedy=remedy)])


def _all_equal(ledger: Ledger, rows: Sequence[int]) -> bool:
    first = ledger.targets[rows[0]]
    return all(ledger.targets[index] == first for index in rows)


def _accounted(ledger: Ledger) -> str:
    totals = {status: sum(by_split.values()) for status, by_split in ledger.totals().items()}
    others = ", ".join(f"{number:,} {status}" for status, number in totals.items() if number and status != "kept")
    return f"{totals['kept']:,} of {len(ledger.entries):,} rows" + (f" ({others})" if others else "")


def _label_problems(found: set[str], labels: Sequence[str], rows: int, where: str) -> list[Problem]:
    if len(found) < 2:
        got = f"one only: {shorten(next(iter(found)))!r}" if found else "none"
        remedy = "add rows of other labels, or name another column: data.target"
        return [Problem(where=where, expected="at least two different labels", got=got, remedy=remedy)]
    if rows <= len(labels):
        got = f"{rows:,} usable rows for {len(labels):,} labels"
        remedy = "add rows; if the target is a text to be written, set task.kind: generate"
        return [Problem(where=where, expected="more rows than labels", got=got, remedy=remedy)]
    return []
