"""Label Studio's JSON export: tasks with annotations; a row for each task.

A row has the task's own data and a column for each control of the labelling page: the choice, rating or text as it
is, spans as ``{start, end, label, text}``. Of several annotators the most frequent choice counts, and ``agreement``
says the share of them who made it; of spans, the last annotation. Cancelled annotations and predictions do not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from metier.data.reading.layouts import Layout, Values

_SPANS = frozenset({"labels", "hypertextlabels"})


def _matches(row: Values) -> bool:
    return isinstance(row.get("data"), Mapping) and isinstance(row.get("annotations"), list)


def _rows(row: Values) -> list[Values]:
    plain: dict[str, Any] = dict(cast("Mapping[str, Any]", row["data"])) if isinstance(row.get("data"), Mapping) else {}
    votes: dict[str, list[Any]] = {}
    for annotation in _objects(row.get("annotations")):
        if annotation.get("was_cancelled"):
            continue
        spans: dict[str, list[Any]] = {}
        for result in _objects(annotation.get("result")):
            name = str(result.get("from_name", "label"))
            kind, value = str(result.get("type", "")), result.get("value")
            if not isinstance(value, Mapping):
                continue
            if kind in _SPANS:
                spans.setdefault(name, []).extend(_spans(cast("Mapping[str, Any]", value), kind))
            else:
                votes.setdefault(name, []).append(_answer(cast("Mapping[str, Any]", value), kind))
        plain.update(spans)
    for name, answers in votes.items():
        plain[name], share = _majority(answers)
        if len(answers) > 1:
            plain["agreement"] = round(min(share, plain.get("agreement", 1.0)), 3)
    return [plain]


def _spans(value: Mapping[str, Any], kind: str) -> list[Any]:
    place = {key: value.get(key) for key in ("start", "end", "text")}
    if kind == "hypertextlabels" and isinstance(value.get("globalOffsets"), Mapping):
        place |= {key: value["globalOffsets"].get(key) for key in ("start", "end")}
    return [{**place, "label": label} for label in value.get(kind) or []]


def _answer(value: Mapping[str, Any], kind: str) -> Any:
    found = value.get(kind, value.get("text"))
    return found[0] if isinstance(found, list) and len(found) == 1 else found


def _majority(answers: list[Any]) -> tuple[Any, float]:
    """The most frequent answer, the first of equals, and its share."""
    counts = Counter(map(repr, answers))
    best = max(counts.values())
    winner = next(answer for answer in answers if counts[repr(answer)] == best)
    return winner, best / len(answers)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("Mapping[str, Any]", item) for item in items if isinstance(item, Mapping)]


layout = Layout(
    title="Label Studio tasks",
    signature="'data' and 'annotations'",
    matches=_matches,
    rows=_rows,
)
