"""What people made of suggestions: the export of an annotation tool, read back and counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from metier.core import DataError, Problem
from metier.data.labelling.suggestion import ID, ROW, SUGGESTION
from metier.data.reading.readers import read_rows
from metier.data.reading.sources import open_sources
from metier.data.settings import DataSettings
from metier.data.values import is_blank, is_nested, text_of

_ANSWERS = ("label", "answer")


class Labelled(NamedTuple):
    """One row with a person's answer.

    Attributes:
        id: of the row that was exported.
        values: its own cells.
        text: what the person read.
        answer: what they decided.
        suggestion: what the model had suggested.
    """

    id: str
    values: Mapping[str, Any]
    text: str
    answer: str
    suggestion: str


class Corrections(NamedTuple):
    """Everything that an export holds.

    Attributes:
        rows: with an answer.
        unanswered: ids of rows that nobody has answered yet.
        repeated: rows that came again; the last answer counts.
    """

    rows: tuple[Labelled, ...]
    unanswered: tuple[str, ...]
    repeated: int

    @property
    def accepted(self) -> int:
        """Rows whose suggestion stood."""
        return sum(row.answer == row.suggestion for row in self.rows)


def read_corrections(path: Path) -> Corrections:
    """Read what was labelled: Label Studio's JSON, SuperAnnotate's JSONL, or lines of JSON.

    Raises:
        DataError: not readable, or rows that were not exported by Metier.
    """
    found: dict[str, Labelled] = {}
    waiting: dict[str, None] = {}
    repeated, foreign = 0, 0
    for source in open_sources(DataSettings(examples=str(path.absolute())), folder=Path()):
        for row in read_rows(source):
            values = _task_of(row.values)
            id = text_of(values.get(ID))
            if is_blank(id):
                foreign += 1
                continue
            repeated += id in found or id in waiting
            answer = _answer(values)
            if is_blank(answer):
                if id not in found:
                    waiting[id] = None
                continue
            waiting.pop(id, None)
            found[id] = Labelled(
                id=id,
                values=_cells(values),
                text=text_of(values.get("text")),
                answer=answer,
                suggestion=text_of(values.get(SUGGESTION)),
            )
    if foreign:
        expected, got = f"rows that `metier data next` exported (each with {ID!r})", f"{foreign:,} rows without it"
        remedy = "other rows need no import: name the file in data.examples, which reads these formats"
        raise DataError([Problem(where=path.name, expected=expected, got=got, remedy=remedy)])
    return Corrections(tuple(found.values()), tuple(waiting), repeated)


def _task_of(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a task that came back as it went out: nobody has looked at it yet."""
    inner = values.get("data")
    return cast("Mapping[str, Any]", inner) if ID not in values and isinstance(inner, Mapping) else values


def _answer(values: Mapping[str, Any]) -> str:
    """The person's answer; empty where there is none."""
    value = next((values[name] for name in _ANSWERS if name in values), None)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return text_of(items[0]).strip() if len(items) == 1 and not is_nested(items[0]) else ""
    return "" if is_nested(value) else text_of(value).strip()


def _cells(values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found: Any = json.loads(text_of(values.get(ROW)))
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
