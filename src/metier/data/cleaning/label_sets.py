"""Several labels in one cell: written as a list, as a list in a text, or one after the other with marks between."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from metier.core.tasks.multilabel import target_of
from metier.data.understanding.entries import Entry
from metier.data.values import is_blank, is_nested, text_of

_BETWEEN = ("|", ";", ",")
"""What may stand between labels; of several that occur equally often, the first."""


def read_sets(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], list[str]]:
    """The entries with targets as :mod:`metier.core.tasks.multilabel` has them, and how they were read.

    What stands between labels is decided once for all rows: the mark that most cells have.
    """
    lists = [_listed(entry.target) for entry in entries]
    plain = [entry.target for entry, found in zip(entries, lists, strict=True) if found is None]
    counts = {mark: sum(mark in text for text in plain) for mark in _BETWEEN}
    mark = max(_BETWEEN, key=lambda one: counts[one])
    between = mark if counts[mark] else None
    rows = [
        entry if is_blank(entry.target) else replace(entry, target=target_of(_parts(entry.target, found, between)))
        for entry, found in zip(entries, lists, strict=True)
    ]
    if between is None:
        return tuple(rows), []
    return tuple(rows), [f"Labels of one row are separated by {between!r} ({counts[mark]:,} rows have several)."]


def _parts(text: str, found: list[str] | None, between: str | None) -> list[str]:
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
