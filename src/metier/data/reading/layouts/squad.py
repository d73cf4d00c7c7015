"""SQuAD: articles with paragraphs, each with questions; a row for each question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from metier.data.reading.layouts import Layout, Values


def _matches(row: Values) -> bool:
    first = _first(row.get("paragraphs"))
    return isinstance(first, Mapping) and "context" in first and isinstance(first.get("qas"), list)


def _rows(row: Values) -> Iterator[Values]:
    """``context``, ``question``, ``answers`` (all of them), ``id``, and ``title`` where there is one."""
    title = row.get("title")
    for paragraph in _objects(row.get("paragraphs")):
        context = paragraph.get("context")
        for question in _objects(paragraph.get("qas")):
            found = question.get("answers") or ([] if question.get("is_impossible") else question.get("answer"))
            answers = [item.get("text") if isinstance(item, Mapping) else item for item in _list(found)]
            plain: dict[str, Any] = {"context": context, "question": question.get("question"), "answers": answers}
            if question.get("is_impossible") is True:
                plain["is_impossible"] = True
            yield {**plain, "id": question.get("id"), **({"title": title} if title else {})}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [cast("Mapping[str, Any]", item) if isinstance(item, Mapping) else {} for item in _list(value)]


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


layout = Layout(
    title="SQuAD articles",
    signature="'paragraphs' with 'context' and 'qas'",
    matches=_matches,
    rows=_rows,
)
