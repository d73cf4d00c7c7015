"""Checks that the columns that a recipe names are there, in every file, and can be used."""

from __future__ import annotations

from collections.abc import Sequence

from metier.core import Problem
from metier.core.names import listed, suggestion
from metier.data.settings import DataSettings
from metier.data.understanding.columns import Column, by_name
from metier.data.understanding.survey import FileFacts


def named_columns(data: DataSettings) -> dict[str, str]:
    """Recipe path to column, for every column that the recipe names."""
    named = {"group": data.group, "split_column": data.split_column, "time": data.time}
    places = _places("data.input", data.input) | _places("data.target", data.target)
    return places | {f"data.{setting}": column for setting, column in named.items() if column is not None}


def _places(setting: str, named: str | tuple[str, ...] | None) -> dict[str, str]:
    """Recipe path to column of a setting that names one or several."""
    several = (named,) if isinstance(named, str) else named or ()
    return {f"{setting}{f'.{place}' if place else ''}": column for place, column in enumerate(several)}


def naming_problems(data: DataSettings, columns: Sequence[Column], *, where: str) -> list[Problem]:
    """Named columns that do not exist, and input and target being one."""
    known = by_name(columns)
    problems = [
        _unknown(where, setting, column, list(known))
        for setting, column in named_columns(data).items()
        if column not in known
    ]
    asked = set(_places("data.input", data.input).values())
    return problems + [
        Problem(
            where=where,
            path=setting,
            expected="another column than data.input",
            got=repr(column),
            remedy="name the column with the right answers",
        )
        for setting, column in _places("data.target", data.target).items()
        if column in asked
    ]


def absent_problems(files: Sequence[FileFacts], needed: dict[str, str]) -> list[Problem]:
    """Files that lack a column that other files have.

    Args:
        files: all source files.
        needed: recipe path (``data.target``) to column.
    """
    return [
        Problem(
            where=file.source.name,
            path=setting,
            expected=f"the column {column!r}, as in the other files",
            got=f"the columns {listed(file.columns)}",
            remedy="add the column, or correct its name",
        )
        for file in files
        for setting, column in needed.items()
        if column not in file.columns and any(column in other.columns for other in files)
    ]


def nested_problems(columns: Sequence[Column], needed: dict[str, str], *, where: str) -> list[Problem]:
    """Needed columns whose cells are lists."""
    known = by_name(columns)
    return [
        Problem(
            where=where,
            path=setting,
            expected=f"one text or label a row in {column!r}",
            got=f"lists, such as {known[column].examples[0]}" if known[column].examples else "lists",
            remedy="write one value into each row (for several labels: the main one), or name another column",
        )
        for setting, column in needed.items()
        if column in known and known[column].values == "list" and not known[column].spoken
    ]


def _unknown(where: str, setting: str, column: str, known: list[str]) -> Problem:
    inside = [name for name in known if name.startswith(f"{column}.")]
    if inside:
        got, remedy = f"{column!r}, which holds objects", f"name a field inside: {listed(inside, limit=4)}"
    else:
        got, remedy = repr(column), suggestion(column, known)
    return Problem(where=where, path=setting, expected="a column of the data", got=got, remedy=remedy)
