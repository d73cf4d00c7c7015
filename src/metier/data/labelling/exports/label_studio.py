"""Label Studio: tasks as JSON with predictions, and the labelling page that fits them beside (``.xml``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from metier.core import Task
from metier.core.artifacts import write_json, write_text
from metier.data.labelling.suggestion import ID, ROW, SUGGESTION, Suggestion

_FEW = 12
"""Up to so many labels get keys and stand in a row."""


def export(rows: Sequence[Suggestion], *, task: Task, out: Path) -> list[Path]:
    """Write the tasks to ``out`` and the page beside it."""
    page = out.with_suffix(".xml")
    write_json(out, [_task(row, task) for row in rows])
    write_text(page, _page(task))
    return [out, page]


def _task(row: Suggestion, task: Task) -> dict[str, Any]:
    prediction: dict[str, Any] = {"model_version": row.model, "result": [_result(row.answer, task)]}
    if row.probability is not None:
        prediction["score"] = round(row.probability, 4)
    others = "; ".join(f"{name}: {answer}" for name, answer in row.others.items())
    return {
        "data": {
            "text": row.asked,
            "why": "; ".join(filter(None, [row.why, others])),
            ID: row.example.id,
            ROW: json.dumps(dict(row.values), ensure_ascii=False, default=str),
            SUGGESTION: row.answer,
        },
        "predictions": [prediction],
    }


def _result(answer: str, task: Task) -> dict[str, Any]:
    if task.labels:
        return {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [answer]}}
    return {"from_name": "answer", "to_name": "text", "type": "textarea", "value": {"text": [answer]}}


def _page(task: Task) -> str:
    lines = ["<View>", f"  <Header value={quoteattr(task.instruction)}/>", '  <Text name="text" value="$text"/>']
    if task.labels:
        inline = ' showInline="true"' if len(task.labels) <= _FEW else ""
        lines.append(f'  <Choices name="label" toName="text" choice="single" required="true"{inline}>')
        lines += [f"    <Choice value={quoteattr(label)}/>" for label in task.labels]
        lines.append("  </Choices>")
    else:
        lines.append('  <TextArea name="answer" toName="text" rows="6" editable="true" maxSubmissions="1"/>')
    lines += ['  <Text name="why" value="$why"/>', "</View>"]
    return "\n".join(lines) + "\n"
