"""Rows understood: each data row becomes an entry with its input, its answer and where it came from."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metier.core import DataError, Problem
from metier.core.tasks import form_of
from metier.core.tasks.multilabel import target_of
from metier.data.digests import digest
from metier.data.reading.faults import LEAVE_OUT, Faults, left_out
from metier.data.reading.readers import read_rows
from metier.data.reading.source import Row, Source
from metier.data.settings import SPLIT_WORDS
from metier.data.templating.filling import Filling
from metier.data.templating.sandbox import RefusedTemplateError
from metier.data.understanding.entry import Entry
from metier.data.understanding.inspection import Inspection
from metier.data.understanding.plan import TABLE
from metier.data.understanding.seen_text import seen
from metier.data.understanding.shapes import SHAPES, MalformedRowError, Shape
from metier.data.understanding.shapes.spans import spans_target
from metier.data.understanding.spoken import spoken_text
from metier.data.understanding.staged_entries import staged_entries
from metier.data.values import YES_NO, called, flatten, is_blank, is_nested, text_of

_YES, _NO = frozenset(["y", "x", *dict(YES_NO)]), frozenset(["n", "", *dict(YES_NO).values()])
NO_LABEL = "none"
"""The label of a row whose list of labels is empty."""


@dataclass(frozen=True, slots=True)
class Entries:
    """All input rows, and what was noticed while they were read."""

    rows: Sequence[Entry]
    notes: Mapping[str, int]
    """Counts: ``unused_turns`` (conversations that go on after their last answer), ``label_lists`` (targets that came
    as lists)."""
    warnings: tuple[str, ...] = ()
    """Of rows that are left out as they have another form than the others, a sentence for each file."""


def read_entries(inspection: Inspection, *, advance: Callable[[int], None] = lambda count: None) -> Entries:
    """Read every row of every file and understand it.

    Args:
        inspection: says how; must have no problems.
        advance: told the number of rows done.

    Raises:
        DataError: rows that do not have the shape that the others have; all are counted, the first five shown.
    """
    understand = _understanding(inspection)
    entries = staged_entries()
    notes: Counter[str] = Counter()
    problems: list[Problem] = []
    warnings: list[str] = []
    for file in inspection.files:
        malformed = Faults()
        for row in read_rows(file.source):
            fault = row.fault
            try:
                if not fault:
                    entry = understand(row, file.source, notes)
                    entries.append(seen(entry, inspection.kind) if inspection.html and inspection.kind else entry)
            except MalformedRowError as error:
                fault = str(error)
                malformed.add(f"{row.place}: {fault}")
            if fault:
                entries.append(_broken(row, file.source, fault))
            advance(1)
        if malformed and file.source.leaves_out:
            warnings.append(left_out(file.source.name, malformed.count, file.rows, malformed.summary()))
        elif malformed:
            problems.append(_malformed(file.source, malformed, inspection))
    if problems:
        raise DataError(problems)
    return Entries(entries, notes, tuple(warnings))


_Understand = Callable[[Row, Source, Counter[str]], Entry]


def _understanding(inspection: Inspection) -> _Understand:
    shapes = {file: None if name == TABLE else SHAPES.get(name) for file, name in inspection.shapes.items()}

    def understand(row: Row, source: Source, notes: Counter[str]) -> Entry:
        shape = shapes[source.name]
        if shape is None:
            return _from_table(row, source, inspection, notes)
        return _from_shape(row, source, inspection, shape, notes)

    return understand


def _from_table(row: Row, source: Source, inspection: Inspection, notes: Counter[str]) -> Entry:
    flat = flatten(row.values)
    if inspection.filling is not None:
        return _from_template(row, flat, source, inspection, inspection.filling)
    target: Any = flat.get(inspection.target) if inspection.target is not None else None
    text = parts_text(flat, inspection.parts) if inspection.parts else _cell(flat, inspection.input)
    beside = _surroundings(row, flat, source, inspection)
    if inspection.flags:
        return Entry(input=text, target=_flagged(flat, inspection.flags), **beside)
    if inspection.kind == "extract":
        return Entry(input=text, target="" if is_blank(text_of(target)) else spans_target(text, target), **beside)
    if inspection.kind == "multilabel" and target is not None:
        return Entry(input=text, target=_labels_text(target, str(inspection.target)), **beside)
    if isinstance(target, list):
        notes["label_lists"] += 1
        return Entry(input=text, target=_several(target, str(inspection.target)), **beside)
    return Entry(input=text, target=_cell(flat, inspection.target), **beside)


def _from_template(
    row: Row, flat: Mapping[str, Any], source: Source, inspection: Inspection, filling: Filling
) -> Entry:
    """A row put into the recipe's template; a row without an answer keeps its line in the ledger."""
    unanswered = is_blank(_cell(flat, inspection.target)) if not is_nested(flat.get(inspection.target or "")) else False
    try:
        asked, answer = (filling.question(flat), "") if unanswered else filling.fill(flat)
    except RefusedTemplateError as error:
        raise MalformedRowError(f"the template {filling.template.name!r} cannot take it: {error}") from None
    return Entry(input=asked, target=answer, **_surroundings(row, flat, source, inspection))


def _from_shape(row: Row, source: Source, inspection: Inspection, shape: Shape, notes: Counter[str]) -> Entry:
    found = shape.exchange(row.values, inspection.roles)
    if found.unused:
        notes["unused_turns"] += 1
    beside = _surroundings(row, flatten(row.values), source, inspection)
    beside["group"] = beside["group"] or (found.group if inspection.group is None else None)
    beside["fields"] = {**beside["fields"], **found.fields}
    target = found.target
    if shape.kind == "extract" and inspection.kind != "extract":  # the recipe wants something written
        target = form_of("extract").written(target)
    return Entry(input=found.input, target=target, history=found.history, weight=found.weight, **beside)


def parts_text(flat: Mapping[str, Any], names: Sequence[str]) -> str:
    """Several columns under each other, each behind its name; blank ones left out."""
    cells = {name: _cell(flat, name) for name in names}
    return "\n".join(f"{name}: {text}" for name, text in cells.items() if not is_blank(text))


def _labels_text(target: Any, name: str) -> str:
    """Several labels of a cell as a JSON list, or as the text that they are in; an empty cell has none."""
    if not isinstance(target, list):
        text = _cell({name: target}, name)
        return "[]" if is_blank(text) else text
    if any(is_nested(value) for value in target):
        raise MalformedRowError(f"a list of objects in {name!r}")
    return json.dumps([text_of(value) for value in target], ensure_ascii=False)


def _flagged(flat: Mapping[str, Any], names: Sequence[str]) -> str:
    """The columns that say yes, as a set of labels; empty where none says anything."""
    cells = {name: _cell(flat, name).strip().lower() for name in names}
    if not any(cells.values()):
        return ""
    if strange := next((name for name, said in cells.items() if said not in _YES | _NO), None):
        raise MalformedRowError(f"{cells[strange]!r:.60} in {strange!r}, which is to say yes or no (1 or 0)")
    return target_of(name for name, said in cells.items() if said in _YES)


def _several(values: list[Any], name: str) -> str:
    """Several labels of one row as one, sorted; ``none`` where the list is empty."""
    if any(is_nested(value) for value in values):
        raise MalformedRowError(f"a list of objects in {name!r}")
    labels = sorted({text_of(value).strip() for value in values} - {""})
    return ", ".join(labels) if labels else NO_LABEL


def _surroundings(row: Row, flat: Mapping[str, Any], source: Source, inspection: Inspection) -> dict[str, Any]:
    """What a row has beside its content: identity, split, group, fields."""
    group = _cell(flat, inspection.group).strip()
    if group and inspection.hashed_group:
        group = digest(group).hex()
    readers = flat.get(inspection.readers) if inspection.readers is not None else None
    return {
        "id": f"{source.name}:{row.number}",
        "file": source.name,
        "row": row.number,
        "split": source.split or SPLIT_WORDS.get(_cell(flat, inspection.split_column).strip().lower()),
        "group": group or None,
        "readers": None if inspection.readers is None else _names(readers),
        "time": flat.get(inspection.time) if inspection.time is not None else None,
        "fields": {name: _plain(flat[name]) for name in _field_names(inspection) if name in flat},
    }


def _names(value: Any) -> tuple[str, ...]:
    """Names with commas, semicolons or bars between; of a blank cell none, so that nobody may see the row."""
    return tuple(name.strip() for name in re.split("[,;|]", text_of(value)) if name.strip())


def _field_names(inspection: Inspection) -> list[str]:
    """Columns that go along for slices: not the content itself, and nothing personal."""
    used = {"input", "target", "split", "personal", "constant"}
    return [
        column.name
        for column in inspection.columns
        if column.role not in used
        and column.values not in {"list", "labels"}
        and not (inspection.hashed_group and column.name == inspection.group)
    ]


def _cell(flat: Mapping[str, Any], name: str | None) -> str:
    value = flat.get(name) if name is not None else None
    if is_nested(value):
        text = spoken_text(value)
        if text is None:
            raise MalformedRowError(f"{called(value)} in {name!r}")
        return text
    return text_of(value)


def _plain(value: Any) -> Any:
    """What JSON can hold: numbers and truth values as they are, everything else as text; None for a blank."""
    if isinstance(value, bool | int):
        return value
    text = text_of(value)
    if isinstance(value, float):
        return value if text and text not in {"inf", "-inf"} else None
    return None if is_blank(text) else text


def _broken(row: Row, source: Source, fault: str) -> Entry:
    """A row that cannot be read: it has a line in the ledger, and nothing else."""
    return Entry(id=f"{source.name}:{row.number}", file=source.name, row=row.number, split=source.split, fault=fault)


def _malformed(source: Source, faults: Faults, inspection: Inspection) -> Problem:
    expected = "text in every cell of input and target"
    if inspection.filling is not None:
        expected = f"values that the template {inspection.filling.template.name!r} knows"
    if (name := inspection.shapes[source.name]) != TABLE:
        shape = SHAPES.get(name)
        roles = "; roles system, user, assistant, tool; text" if shape.turns is not None else ""
        expected = f"{shape.title} rows ({shape.signature}{roles})"
    got = f"{faults.count:,} rows of another form: {faults.summary()}"
    return Problem(
        where=source.name, expected=expected, got=got, remedy=f"correct or remove these rows, or {LEAVE_OUT}"
    )
