"""Plain JSON lines, for spreadsheets and one's own tools: a suggestion beside an empty place for the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from metier.core import Task
from metier.core.artifacts import write_text
from metier.data.labelling.suggestion import ID, ROW, SUGGESTION, Suggestion


def export(rows: Sequence[Suggestion], *, task: Task, out: Path) -> list[Path]:
    """Write one row a line; the right answer goes under ``label`` (or ``answer``), a right suggestion too."""
    field = "label" if task.labels else "answer"
    lines = [
        json.dumps(
            {
                ID: row.example.id,
                "text": row.asked,
                field: "",
                "probability": row.probability,
                "why": row.why,
                SUGGESTION: row.answer,
                ROW: json.dumps(dict(row.values), ensure_ascii=False, default=str),
            },
            ensure_ascii=False,
        )
        for row in rows
    ]
    write_text(out, "".join(line + "\n" for line in lines))
    return [out]
