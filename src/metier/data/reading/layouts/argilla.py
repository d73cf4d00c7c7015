"""Argilla's records: fields, responses and suggestions; a row for each record.

A row has the fields and a column for each question: the most frequent submitted response, else the suggestion.
``agreement`` is the share of annotators who gave it, where there are several; metadata come along as
``metadata.NAME``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from metier.data.reading.layouts import Layout, Values


def _matches(row: Values) -> bool:
    return isinstance(row.get("fields"), Mapping) and isinstance(row.get("responses", row.get("suggestions")), Mapping)


def _rows(row: Values) -> list[Values]:
    plain: dict[str, Any] = dict(_mapping(row.get("fields")))
    suggestions, responses = _mapping(row.get("suggestions")), _mapping(row.get("responses"))
    for question, suggestion in suggestions.items():
        plain[question] = _mapping(suggestion).get("value") if isinstance(suggestion, Mapping) else suggestion
    for question, given in responses.items():
        answers = [
            _mapping(item).get("value")
            for item in (cast("list[Any]", given) if isinstance(given, list) else [])
            if isinstance(item, Mapping) and _mapping(item).get("status", "submitted") != "discarded"
        ]
        if not answers:
            continue
        counts = Counter(map(repr, answers))
        best = max(counts.values())
        plain[question] = next(answer for answer in answers if counts[repr(answer)] == best)
        if len(answers) > 1:
            plain["agreement"] = round(min(best / len(answers), plain.get("agreement", 1.0)), 3)
    plain |= {f"metadata.{name}": value for name, value in _mapping(row.get("metadata")).items()}
    return [plain]


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


layout = Layout(
    title="Argilla records",
    signature="'fields' with 'responses' or 'suggestions'",
    matches=_matches,
    rows=_rows,
)
