"""Puts every usable row into a split: as the data says, or by a method that keeps together what belongs together."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from sys import intern

from metier.core import DataError, Problem, derive
from metier.core.names import listed
from metier.core.said import Said
from metier.core.tasks import TaskForm, form_of
from metier.data.cleaning.checks import require_filled, require_given_splits
from metier.data.cleaning.labels import labels_of_rows
from metier.data.digests import digest, repeats
from metier.data.dividing.folds import parted
from metier.data.dividing.mixing import mix
from metier.data.dividing.near_copies import joinable
from metier.data.dividing.splits import (
    Group,
    Groups,
    Shares,
    by_time,
    hashed,
    labelled_groups,
    moment_of,
    random,
    stratified,
)
from metier.data.dividing.thinning import subsample
from metier.data.lazy import Lazy
from metier.data.ledger import Ledger
from metier.data.settings import DataSettings
from metier.data.understanding.entry import Entry
from metier.data.understanding.inspection import Inspection
from metier.data.understanding.plan import SplitMethod
from metier.data.understanding.split_choice import own_method
from metier.data.values import normalise, shorten, text_of

_KNOT = 0.5
"""Share of the rows in one group from which near copies no longer hold groups together."""


def divide(
    ledger: Ledger,
    clusters: Sequence[Sequence[int]],
    inspection: Inspection,
    data: DataSettings,
    *,
    seed: int,
) -> list[str]:
    """Give each kept row its split; returns warnings.

    Args:
        ledger: rows that can be used are kept, the others marked.
        clusters: near duplicates, as indices into the ledger.
        inspection: how the data comes.
        data: shares, and the number of training rows to use.
        seed: the run's seed.

    Raises:
        DataError: a split that stays empty.
    """
    where = inspection.files[0].source.name
    form = form_of(inspection.kind or "generate")
    if inspection.split == "given":
        warnings = _mark_unplaced(ledger) + require_given_splits(ledger, form, where=where)
        warnings += _straddling(ledger)
        _follow(ledger, clusters, own_method(data, inspection.kind), data, form, where=where, seed=seed)
    else:
        shares: Shares = {"train": data.split.train, "validation": data.split.validation, "test": data.split.test}
        warnings = _mark_timeless(ledger, where=where) if inspection.split == "time" else []
        joined = joinable(clusters, len(ledger.kept()))
        labelled = form if inspection.split == "stratified" else None
        several = len(inspection.files) > 1
        method = "stratified" if several and inspection.split == "random" else inspection.split
        groups = grouped(ledger, ledger.kept(), joined, labelled=labelled, by_file=several)
        apart = _is_knotted(groups, len(ledger.kept())) and inspection.group is not None
        if apart:
            groups = grouped(ledger, ledger.kept(), [], labelled=labelled, by_file=several)
        _place(ledger, groups, shares, method, seed=seed)
        require_filled(ledger, groups=len(groups), where=where, column=data.group)
        warnings += _leave_copies(ledger, clusters) if apart else []
        warnings += _unmeasured(ledger, form) if form.has_labels else []
    if data.split.folds is not None:
        warnings += _rotate(ledger, clusters, data.split.folds, data.split.fold, form, seed=seed)
        told = (
            "Validation is part %(fold)s of %(folds)s of all rows that are not test rows. Test rows are the same in "
            "every fold."
        )
        warnings.append(Said(told, fold=str(data.split.fold), folds=str(data.split.folds)))
    weights = {file.source.name: file.source.weight for file in inspection.files}
    warnings += mix(ledger, weights, seed=seed, temperature=data.temperature)
    if data.max_rows is not None:
        _thin(ledger, data.max_rows, form, seed=seed)
    return warnings


def _rotate(
    ledger: Ledger, clusters: Sequence[Sequence[int]], parts: int, part: int, form: TaskForm, *, seed: int
) -> list[str]:
    """One part of the rows that are not test rows becomes the validation set, the others are learnt from.

    Raises:
        DataError: fewer groups of rows than parts.
    """
    rows = sorted([*ledger.kept("train"), *ledger.kept("validation")])
    groups = grouped(ledger, rows, joinable(clusters, len(rows)), labelled=None)
    if knotted := _is_knotted(groups, len(rows)):
        groups = grouped(ledger, rows, [], labelled=None)
    number = {row: place for place, group in enumerate(groups) for row in group.rows}
    targets = [ledger.targets[row] for row in rows]
    labels = form.strata(targets) if form.stratified else [""] * len(rows)
    found = parted(labels, [number[row] for row in rows], parts, seed=derive(seed, "folds"))
    held = {rows[place] for place in found[part - 1]}
    for row in rows:
        ledger.place(row, "validation" if row in held else "train")
    return _leave_copies(ledger, clusters) if knotted else []


def grouped(
    ledger: Ledger,
    rows: Sequence[int],
    clusters: Sequence[Sequence[int]],
    *,
    labelled: TaskForm | None,
    by_file: bool = False,
) -> Sequence[Group]:
    """``rows`` as groups that must stay whole: one value of the group column, one cluster, or chains of these.

    Args:
        ledger: holds the rows.
        rows: their indices.
        clusters: near copies.
        labelled: what targets are, where each split is to have the share of each label; None: they are not looked at.
        by_file: whether each split is to have the share of each source.
    """
    joined = Groups(len(rows))
    for first, later in _same_group(ledger, rows):
        joined.join(first, later)
    for cluster in clusters:
        members = [place for row in cluster if (place := _place_of(row, rows)) is not None]
        for member in members[1:]:
            joined.join(members[0], member)
    labels = labelled.strata(_targets(ledger, rows)) if labelled else [""] * len(rows)
    if by_file:
        labels = ("\0".join([ledger.entries[row].file, label]) for row, label in zip(rows, labels, strict=True))
    return labelled_groups(joined.members(), rows, labels)


def _targets(ledger: Ledger, rows: Sequence[int]) -> Sequence[str]:
    """The rows' targets, equal ones as one object."""
    return Lazy(len(rows), lambda place: intern(ledger.targets[rows[place]]))


def _place_of(row: int, rows: Sequence[int]) -> int | None:
    """Where a row stands among rows that ascend; None: it is not there."""
    place = bisect_left(rows, row)
    return place if place < len(rows) and rows[place] == row else None


def _same_group(ledger: Ledger, rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Places in ``rows`` of the first and of each further row with one value of the group column."""
    digests, places = bytearray(), array("q")
    for place, row in enumerate(rows):
        group = ledger.entries[row].group
        if group is not None:
            digests += digest(group)
            places.append(place)
    for later, first in zip(*repeats(digests), strict=True):
        yield places[int(first)], places[int(later)]


def _place(ledger: Ledger, groups: Sequence[Group], shares: Shares, method: SplitMethod, *, seed: int) -> None:
    match method:
        case "time":
            moments = array("d", (moment_of(entry.time) or 0.0 for entry in ledger.entries))
            splits = by_time(groups, moments, shares)
        case "hash":
            keys = Lazy(len(groups), lambda place: _key(ledger.entries[groups[place].rows[0]]))
            splits = hashed(keys, shares)
        case "stratified":
            splits = stratified(groups, shares, seed=derive(seed, "split"))
        case _:
            splits = random(groups, shares, seed=derive(seed, "split"))
    for group, split in zip(groups, splits, strict=True):
        for row in group.rows:
            ledger.place(row, split)


def _key(entry: Entry) -> str:
    """What decides a group's split by hash: the value of the group column, else the text of its first row."""
    return entry.group or normalise(entry.input)


def _mark_timeless(ledger: Ledger, *, where: str) -> list[str]:
    """Rows without a moment cannot be put before or after others.

    Raises:
        DataError: no row has one.
    """
    timeless = [index for index in ledger.kept() if moment_of(ledger.entries[index].time) is None]
    if len(timeless) == len(ledger.kept()):
        got = f"none in {len(timeless):,} rows, such as {shorten(text_of(ledger.entries[timeless[0]].time))!r}"
        expected, remedy = "dates (2026-01-31) or numbers", "name the column that has them: data.time"
        raise DataError([Problem(where=where, path="data.time", expected=expected, got=got, remedy=remedy)])
    for index in timeless:
        ledger.mark(index, "left_out", "data.time holds no date and no number")
    return [Said("Rows whose time could not be read: %(n)s, left out.", n=f"{len(timeless):,}")] if timeless else []


def _is_knotted(groups: Sequence[Group], rows: int) -> bool:
    """Whether near copies tie most rows into one group, so that no split could be made."""
    return max(len(group.rows) for group in groups) > _KNOT * rows


def _leave_copies(ledger: Ledger, clusters: Sequence[Sequence[int]]) -> list[str]:
    """Leave out rows of train and validation that are near copies of a row they are measured by."""
    left = 0
    for cluster in clusters:
        for split, above in (("validation", ("test",)), ("train", ("test", "validation"))):
            measured = [row for row in cluster if ledger.split_of(row) in above]
            for row in cluster if measured else ():
                if ledger.split_of(row) == split:
                    ledger.mark(row, "duplicate", f"a near copy of {ledger.entries[measured[0]].id} in another split")
                    left += 1
    return [
        Said(
            "Near copies tie most groups together, so groups alone decide the split; near copies of test and "
            "validation rows in other splits: %(n)s, not used.",
            n=f"{left:,}",
        )
    ]


def _follow(
    ledger: Ledger,
    clusters: Sequence[Sequence[int]],
    method: SplitMethod,
    data: DataSettings,
    form: TaskForm,
    *,
    where: str,
    seed: int,
) -> None:
    """The given split; validation is taken from train where none was given.

    Raises:
        DataError: nothing can be taken, as all training rows belong together.
    """
    for index in ledger.kept():
        ledger.place(index, ledger.entries[index].split or "train")
    if ledger.kept("validation"):
        return
    train = ledger.kept("train")
    labelled = form if method == "stratified" else None
    groups = grouped(ledger, train, joinable(clusters, len(train)), labelled=labelled)
    share = data.split.validation / (data.split.train + data.split.validation)
    _place(ledger, groups, {"train": 1 - share, "validation": share}, method, seed=seed)
    require_filled(ledger, groups=len(groups), where=where, column=data.group)


def _mark_unplaced(ledger: Ledger) -> list[str]:
    """Rows to which a given split gives no place are left out."""
    unplaced = [index for index in ledger.kept() if ledger.entries[index].split is None]
    for index in unplaced:
        ledger.mark(index, "left_out", "the split column is empty")
    told = "Rows without a value in the split column: %(n)s, left out."
    return [Said(told, n=f"{len(unplaced):,}")] if unplaced else []


def _straddling(ledger: Ledger) -> list[str]:
    """Groups that a given split tears apart."""
    kept = ledger.kept()
    in_test = bytearray(ledger.entries[index].split == "test" for index in kept)
    torn = {first for first, later in _same_group(ledger, kept) if in_test[first] != in_test[later]}
    if not torn:
        return []
    shown = ledger.entries[kept[min(torn)]].id
    told = "Values of the group column on both sides of the given split: %(n)s (e.g. that of %(row)s)."
    return [Said(told, n=f"{len(torn):,}", row=shown)]


def _unmeasured(ledger: Ledger, form: TaskForm) -> list[str]:
    """Labels that no test row has."""
    missing = sorted(labels_of_rows(ledger, form).keys() - labels_of_rows(ledger, form, "test").keys())
    if not missing:
        return []
    return [
        Said("Labels without a test row: %(n)s (%(labels)s).", n=str(len(missing)), labels=listed(missing, limit=8))
    ]


def _thin(ledger: Ledger, most: int, form: TaskForm, *, seed: int) -> None:
    """Leave out training rows beyond ``most``."""
    train = ledger.kept("train")
    labels = form.strata(_targets(ledger, train)) if form.stratified else [""] * len(train)
    chosen = {train[place] for place in subsample(labels, most, seed=derive(seed, "max_rows"))}
    for index in train:
        if index not in chosen:
            ledger.mark(index, "left_out", f"data.max_rows is {most:,}; drawn by the seed")
