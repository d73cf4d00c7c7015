"""New rows to answer, read as the run read its own: the same column, the same row shape."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from metier import data
from metier.comparison.recipe import recipe_of
from metier.core import DataError, Example, Problem
from metier.core.artifacts import read_json
from metier.core.names import suggestion
from metier.data.reading.readers import read_rows
from metier.data.reading.sources import open_sources
from metier.data.templating.filling import Filling
from metier.data.understanding.entries import parts_text
from metier.data.understanding.seen_text import seen_text
from metier.data.understanding.shapes import MalformedRowError
from metier.data.understanding.spoken import spoken_text
from metier.data.values import flatten, is_nested, text_of

INPUT_NAMES = ("text", "input", "message", "question", "prompt", "content")
"""Keys of a JSON row that are taken for the text where the run's own column is not there."""


class NewRows:
    """Turns what people hand in into examples.

    Args:
        run: folder of the run.
    """

    def __init__(self, run: Path) -> None:
        summary = read_json(run / "data" / "data.json")
        self._column: str | None = summary["columns"]["input"]
        self._parts: list[str] = summary["columns"].get("parts", [])
        self._roles: dict[str, Any] = summary.get("roles", {})
        self._html: bool = summary.get("html", False)
        self._template = _template_of(run, summary)
        self._shape = data.SHAPES.get(summary["shape"]) if summary["shape"] in data.SHAPES.names() else None

    def texts(self, texts: Iterable[str]) -> list[Example]:
        """Texts as they are."""
        return [self._seen(Example(id=f"text:{i}", input=text_of(text))) for i, text in enumerate(texts, 1)]

    def lines(self, lines: Iterable[str]) -> list[Example]:
        """Texts or JSON rows, one a line; blank lines are passed over."""
        try:
            numbered = [(i, text_of(line.rstrip("\r\n"))) for i, line in enumerate(lines, 1)]
        except UnicodeDecodeError as error:
            raise _not_utf8("standard input", error) from None
        return [self._line(line, f"line:{i}") for i, line in numbered if line.strip()]

    def file(self, file: Path) -> list[Example]:
        """The rows of a file; of a ``.txt``, its lines."""
        return [example for _, example in self.with_values(file)]

    def with_values(self, file: Path) -> list[tuple[Mapping[str, Any], Example]]:
        """The rows of a file, each with its own cells; of a ``.txt``, its lines under ``text``."""
        if file.suffix == ".txt":
            try:
                lines = file.read_text(encoding="utf-8-sig").split("\n")
            except UnicodeDecodeError as error:
                raise _not_utf8(str(file), error) from None
            except OSError as error:
                remedy = "check the path"
                got = error.strerror or str(error)
                raise DataError([Problem(where=str(file), expected="a file", got=got, remedy=remedy)]) from None
            return [
                ({"text": line}, self._seen(Example(id=f"{file.name}:{i}", input=line)))
                for i, line in enumerate(lines, 1)
                if line.strip()
            ]
        (source,) = open_sources(data.DataSettings(examples=str(file.absolute())), folder=Path())
        return [
            (row.values, self._row(row.values, f"{file.name}:{row.number}", where=f"{file.name}, row {row.number}"))
            for row in read_rows(source)
        ]

    def _line(self, line: str, name: str) -> Example:
        if line.lstrip().startswith("{"):
            try:
                values = json.loads(line)
            except (ValueError, RecursionError):
                values = None
            if isinstance(values, dict):
                row = cast(dict[str, Any], values)
                return self._row(row, text_of(row.get("id", name)), where=name)
        return self._seen(Example(id=name, input=line))

    def _row(self, values: Mapping[str, Any], name: str, *, where: str) -> Example:
        return self._seen(self._example(values, name, where=where))

    def _seen(self, example: Example) -> Example:
        """The example as the run's own rows were taken: HTML as a person sees it, where the recipe says so."""
        if not self._html:
            return example
        history = tuple(replace(turn, content=seen_text(turn.content)) for turn in example.history)
        return replace(example, input=seen_text(example.input), history=history)

    def _example(self, values: Mapping[str, Any], name: str, *, where: str) -> Example:
        if self._shape is not None:
            try:
                asked = self._shape.question(values, self._roles)
            except MalformedRowError as error:
                remedy = "write it like the rows of the run"
                raise DataError(
                    [Problem(where=where, expected=self._shape.title, got=str(error), remedy=remedy)]
                ) from None
            if asked is not None:
                return Example(id=name, input=asked[0], history=asked[1])
        cells = flatten(values)
        if self._template is not None:
            return Example(id=name, input=_asked(self._template, cells, where))
        if self._parts:
            return Example(id=name, input=_parts_in(cells, self._parts, where))
        return Example(id=name, input=_text_in(cells, self._column, where))


def _template_of(run: Path, summary: Mapping[str, Any]) -> Filling | None:
    """The template that made the run's rows, with its columns."""
    columns = summary["columns"].get("template", {})
    if not columns:
        return None
    loaded = recipe_of(run)
    name = loaded.recipe.data.template_name or ""
    return Filling(template=data.find_template(name, folder=loaded.folder), name=name, columns=columns)


def _asked(filling: Filling, cells: Mapping[str, Any], where: str) -> str:
    """The text of a row that is put into the run's template."""
    asking = {one.name for one in filling.template.variables if one.role != "target" and not one.optional}
    missing = [column for name, column in filling.columns.items() if name in asking and column not in cells]
    remedy = "write it like the rows of the run"
    if missing:
        expected, got = f"the columns {', '.join(filling.columns.values())}", f"none for {', '.join(missing)}"
        raise DataError([Problem(where=where, expected=expected, got=got, remedy=remedy)])
    try:
        return filling.question(cells)
    except data.RefusedTemplateError as error:
        expected = f"values that the template {filling.name!r} knows"
        raise DataError([Problem(where=where, expected=expected, got=str(error), remedy=remedy)]) from None


def _parts_in(cells: Mapping[str, Any], parts: Sequence[str], where: str) -> str:
    """The text of a row whose input is made of several columns, put together as for the run."""
    missing = [part for part in parts if part not in cells or _text_of_cell(cells[part], where) is None]
    if missing:
        expected, got = f"the columns {', '.join(parts)}", f"none for {', '.join(missing)}"
        raise DataError(
            [Problem(where=where, expected=expected, got=got, remedy="write them like the rows of the run")]
        )
    return parts_text(cells, parts)


def _text_in(cells: Mapping[str, Any], column: str | None, where: str) -> str:
    """The text of a row: under the run's own column, a usual name, or in its only cell."""
    names = [name for name in (column, *INPUT_NAMES) if name is not None and name in cells]
    names += list(cells) if len(cells) == 1 else []
    if names and (text := _text_of_cell(cells[names[0]], where)) is not None:
        return text
    raise DataError(
        [
            Problem(
                where=where,
                expected=f"a text under {column or 'text'!r}",
                got=f"a list under {names[0]!r}" if names else "the columns " + ", ".join(cells),
                remedy="write a text there" if names else suggestion(column or "text", cells),
            )
        ]
    )


def _text_of_cell(value: Any, where: str) -> str | None:
    """A cell as text, a conversation with a line for each turn; None of other lists and of objects."""
    if not is_nested(value):
        return text_of(value)
    try:
        return spoken_text(value)
    except MalformedRowError as error:
        expected, remedy = "turns with a text each", "write it like the rows of the run"
        raise DataError([Problem(where=where, expected=expected, got=str(error), remedy=remedy)]) from None


def _not_utf8(where: str, error: UnicodeDecodeError) -> DataError:
    got = f"the byte 0x{error.object[error.start]:02x}, which is none"
    return DataError([Problem(where=where, expected="text in UTF-8", got=got, remedy="convert it to UTF-8")])
