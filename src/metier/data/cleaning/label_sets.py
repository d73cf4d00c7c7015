"""Several labels in one cell: written as a list, as a list in a text, or one after the other with marks between."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from metier.core.said import Said
from metier.core.tasks.multilabel import target_of
from metier.data.understanding.entry import Entry
from metier.data.understanding.staged_entries import staged_entries
from metier.data.values import is_blank, is_nested, text_of

_BETWEEN = ("|", ";", ",")
"""What may stand between labels; of several that occur equally often, the first."""


def read_sets(entries: Sequence[Entry]) -> tuple[Sequence[Entry], list[str]]:
    """The entries with targets as :mod:`metier.core.tasks.multilabel` has them, and how they were read.

    What stands between labels is decided once for all rows: the mark that most cells have.
    """
    counts = dict.fromkeys(_BETWEEN, 0)
    for entry in entries:
        if _listed(entry.target) is None:
            for mark in _BETWEEN:
                counts[mark] += mark in entry.target
    mark = max(_BETWEEN, key=lambda one: counts[one])
    between = mark if counts[mark] else None
    rows = staged_entries(
        entry if is_blank(entry.target) else replace(entry, target=target_of(_parts(entry.target, between)))
        for entry in entries
    )
    if between is None:
        return rows, []
    told = "Labels of one row are separated by %(mark)s (%(n)s rows have several)."
    return rows, [Said(told, mark=repr(between), n=f"{counts[mark]:,}")]


def _parts(text: str, between: str | None) -> list[str]:
    found = _listed(text)
    parts = found if found is not None else text.split(between) if between else [text]
    return [part.strip() for part in parts if not is_blank(part)]


def _listed(text: str) -> list[str] | None:
    """The items of a list that is written as JSON or as Python writes it; None for anything else."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            value: Any = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list) and not any(map(is_nested, cast("list[Any]", value))):
            return [text_of(item) for item in cast("list[Any]", value)]
    return None
