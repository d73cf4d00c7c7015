"""Whether the data comes split, and how it is divided where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metier.core import Problem, SplitName, TaskKind
from metier.core.names import listed
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.settings import SPLIT_WORDS, DataSettings, Sources
from metier.data.understanding import column_words as words
from metier.data.understanding.columns import Column, by_name
from metier.data.understanding.plan import SplitMethod
from metier.data.understanding.survey import Survey


@dataclass(frozen=True, slots=True)
class SplitChoice:
    """The method, the column that says the split (None: files or nobody), and what is to be said about it."""

    method: SplitMethod
    column: str | None = None
    evidence: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def own_method(data: DataSettings, kind: TaskKind | None) -> SplitMethod:
    """How Metier divides rows where it has to: as the recipe says, else stratified for labels."""
    asked = data.split.by
    if asked != "auto" and asked != "given":
        return asked
    return "stratified" if kind is not None and form_of(kind).stratified else "random"


def choose_split(data: DataSettings, survey: Survey, kind: TaskKind | None, *, where: str) -> SplitChoice:
    """Given where files or a column say it and the recipe does not object; else our own."""
    given: set[SplitName | None] = {file.source.split for file in survey.files}
    given.discard(None)
    if given == {"train", "validation", "test"} or isinstance(data.examples, Sources) or "test" in given:
        if strange := _by_some_files(survey, given, where):
            return SplitChoice("given", problems=(strange,))
        return _by_files(data, kind, where, validation="validation" in given)
    columns = survey.columns
    column, problems = _column(data, columns, where)
    asked = data.split.by
    if column is None:
        if asked == "given" and not problems:
            problems.append(_nothing_given(where))
        method = own_method(data, kind)
        if method == "time" and data.time is None:
            problems.append(_no_time(columns, where))
        return SplitChoice(
            method, evidence=(Said("Split: %(method)s, by Metier.", method=Said(method)),), problems=tuple(problems)
        )
    if asked == "auto" or asked == "given":
        values = ", ".join(by_name(columns)[column].choices)
        evidence = Said("Split: given by the column %(name)s (%(values)s).", name=repr(column), values=values)
        return SplitChoice("given", column, (evidence,), problems=tuple(problems))
    if data.split_column is None:
        told = "Split: %(method)s, as data.split.by says; the column %(name)s is not followed."
        evidence = Said(told, method=Said(asked), name=repr(column))
        return SplitChoice(asked, evidence=(evidence,))
    problem = Problem(
        where=where,
        path="data.split.by",
        expected="auto or given, as data.split_column is set",
        got=asked,
        remedy="leave out one of the two",
    )
    return SplitChoice(asked, problems=(*problems, problem))


def _by_some_files(survey: Survey, given: set[SplitName | None], where: str) -> Problem | None:
    """What is wrong where some sources are for one split."""
    undivided = [file.source.name for file in survey.files if file.source.split is None]
    if not undivided and "train" in given:
        return None
    got = f"no split for {listed(undivided, limit=3)}" if undivided else "nothing to train on"
    remedy = "write split: train, validation or test for each source, or for none"
    expected = "a split for every source, train and test among them"
    return Problem(where=where, path="data.examples", expected=expected, got=got, remedy=remedy)


def _by_files(data: DataSettings, kind: TaskKind | None, where: str, *, validation: bool) -> SplitChoice:
    evidence = (Said("Split: given by files."),)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    if not validation:
        share = data.split.validation / (data.split.train + data.split.validation)
        told = "Validation: %(share)s of the training rows, %(method)s."
        evidence += (Said(told, share=f"{share:.1%}", method=Said(own_method(data, kind))),)
    elif data.split.by not in {"auto", "given"}:
        told = "data.split.by: %(method)s has no effect, as every split is a file."
        warnings = (Said(told, method=data.split.by),)
    if data.split_column is not None:
        expected = "nothing, as data.examples names a file for each split"
        got, remedy = repr(data.split_column), "leave out one of the two"
        problems = (Problem(where=where, path="data.split_column", expected=expected, got=got, remedy=remedy),)
    return SplitChoice("given", None, evidence, warnings, problems)


def _column(data: DataSettings, columns: Sequence[Column], where: str) -> tuple[str | None, list[Problem]]:
    """The column that says the split: the named one, or one of a fitting name in which every value is a split."""
    known = by_name(columns)
    if data.split_column is None:
        fitting = (item.name for item in columns if words.match(item.name, words.SPLIT) and not _strange(item))
        return next(fitting, None), []
    if data.split_column not in known:
        return None, []  # naming_problems has said so
    strange = _strange(known[data.split_column])
    if not strange:
        return data.split_column, []
    problem = Problem(
        where=where,
        path="data.split_column",
        expected="train, validation and test in this column",
        got=strange,
        remedy="correct the values, or leave data.split_column out",
    )
    return data.split_column, [problem]


def _strange(column: Column) -> str:
    """What a split column must not hold; empty where it is one."""
    if not column.choices:
        return "no values" if column.distinct == 0 else f"{column.distinct:,} different values"
    strange = [value for value in column.choices if value.lower() not in SPLIT_WORDS]
    if strange:
        return listed(strange, limit=4)
    found = {SPLIT_WORDS[value.lower()] for value in column.choices}
    return "" if {"train", "test"} <= found else f"only {listed(sorted(found))}"


def _no_time(columns: Sequence[Column], where: str) -> Problem:
    dates = [column.name for column in columns if column.values == "date"]
    return Problem(
        where=where,
        path="data.time",
        expected="the column with the moment of each row, as data.split.by is time",
        got="nothing",
        remedy=f"name it: data.time: {dates[0]}" if dates else "name it: data.time",
    )


def _nothing_given(where: str) -> Problem:
    return Problem(
        where=where,
        path="data.split.by",
        expected="a split that the data gives",
        got="one file, and no column that says train, validation or test",
        remedy="name data.split_column, or files as data.examples: {train: ..., test: ...}, or leave data.split.by out",
    )
