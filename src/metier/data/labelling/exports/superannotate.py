"""SuperAnnotate's multimodal editor: a line of JSON for each item, its components filled with the suggestion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metier.core import Task
from metier.core.artifacts import write_text
from metier.data.labelling.suggestion import ID, ROW, SUGGESTION, Suggestion


def export(rows: Sequence[Suggestion], *, task: Task, out: Path) -> list[Path]:
    """Write one item a line; component ids are ``text``, ``label`` (or ``answer``) and Metier's own three."""
    lines = [json.dumps(_item(row, task), ensure_ascii=False, default=str) for row in rows]
    write_text(out, "".join(line + "\n" for line in lines))
    return [out]


def _item(row: Suggestion, task: Task) -> dict[str, Any]:
    answer: dict[str, Any] = {"label": [row.answer]} if task.labels else {"answer": row.answer}
    values: dict[str, Any] = {
        "text": row.asked,
        **answer,
        ID: row.example.id,
        ROW: json.dumps(dict(row.values), ensure_ascii=False, default=str),
        SUGGESTION: row.answer,
    }
    return {
        "metadata": {"name": row.example.id, "model": row.model, "why": row.why},
        "data": {name: {"value": value} for name, value in values.items()},
    }
