"""Which columns a template's variables are, and rows put into it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from metier.core import Problem
from metier.core.names import listed, suggestion
from metier.data.templating.template import Template, Variable
from metier.data.values import is_nested, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """A template and where its values are.

    Attributes:
        template: what rows are put into.
        name: what the recipe calls it.
        columns: variable to column; optional ones that the table lacks are missing.
    """

    template: Template
    name: str
    columns: Mapping[str, str]

    def fill(self, flat: Mapping[str, Any]) -> tuple[str, str]:
        """Input and target of a row; both empty where the template has nothing to say to it.

        A value that the row lacks is the empty text; texts that are numbers are given as numbers.

        Args:
            flat: the row's cells by column.

        Raises:
            RefusedTemplateError: a value is not one that the template knows an answer for.
        """
        values = {one.name: _value(flat.get(self.columns.get(one.name, ""))) for one in self.template.variables}
        return self.template.fill(values)

    def question(self, flat: Mapping[str, Any]) -> str:
        """The input of a row that has no answer yet."""
        target = next((one.name for one in self.template.variables if one.role == "target"), None)
        values = {one.name: _value(flat.get(self.columns.get(one.name, ""))) for one in self.template.variables}
        values |= {target: ""} if target else {}
        return self.template.ask(values)


def _value(cell: Any) -> Any:
    """A cell as templates see it: numbers as numbers, lists and objects as they are, all else as text."""
    if isinstance(cell, bool) or is_nested(cell):
        return cell
    if isinstance(cell, int | float):
        return "" if isinstance(cell, float) and not math.isfinite(cell) else cell
    text = text_of(cell)
    if 0 < len(text) <= 15 and text.isascii():
        for number in (int, float):
            with suppress(ValueError):
                value = number(text)
                if str(value) == text and math.isfinite(value):  # whatever is not spelt so again stays a text
                    return value
    return text


def place_variables(
    template: Template, columns: Sequence[str], *, named: Mapping[str, str], first: str | None, target: str | None
) -> tuple[dict[str, str], list[Problem]]:
    """Find the column of each variable: as the recipe says, by its own name, by other names that are usual for it.

    Args:
        template: whose variables.
        columns: names of the table's columns.
        named: the recipe's own word: variable to column.
        first: the recipe's ``data.input``.
        target: the recipe's ``data.target``.

    Returns:
        variable to column, and a problem for each variable that has none and for each name that does not exist.
    """
    said = dict(named)
    for role, column in (("input", first), ("target", target)):
        variable = next((one.name for one in template.variables if one.role == role), None)
        if column is not None and variable is not None:
            said.setdefault(variable, column)
    problems = [
        _unknown(name, [one.name for one in template.variables]) for name in named if name not in _names(template)
    ]
    found: dict[str, str] = {}
    for variable in template.variables:
        column = said.get(variable.name) or _by_name(variable, columns, taken=[*said.values(), *found.values()])
        if column is None and not variable.optional:
            problems.append(_missing(variable, columns, template))
        elif column is not None and column not in columns:
            problems.append(_absent(variable, column, columns))
        elif column is not None:
            found[variable.name] = column
    return found, problems


def _names(template: Template) -> set[str]:
    return {one.name for one in template.variables}


def _by_name(variable: Variable, columns: Sequence[str], *, taken: Sequence[str]) -> str | None:
    free = {_plain(column): column for column in reversed(columns) if column not in taken}
    return next((free[_plain(name)] for name in (variable.name, *variable.names) if _plain(name) in free), None)


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _missing(variable: Variable, columns: Sequence[str], template: Template) -> Problem:
    usual = f" (or {', '.join(variable.names)})" if variable.names else ""
    return Problem(
        where="the recipe",
        path="data.template",
        expected=f"a column {variable.name!r}{usual}, which the template {template.name!r} needs",
        got=f"the columns {listed(columns)}",
        remedy=f"say which it is: template: {{name: {template.name}, columns: {{{variable.name}: COLUMN}}}}",
    )


def _absent(variable: Variable, column: str, columns: Sequence[str]) -> Problem:
    path = f"data.template.columns.{variable.name}"
    return Problem(
        where="the recipe",
        path=path,
        expected="a column of the data",
        got=repr(column),
        remedy=suggestion(column, columns),
    )


def _unknown(name: str, known: Sequence[str]) -> Problem:
    path = f"data.template.columns.{name}"
    return Problem(
        where="the recipe",
        path=path,
        expected="a variable of the template",
        got=repr(name),
        remedy=suggestion(name, known),
    )
