"""``data.json``: what a data set is, what was decided and why, and what became of its rows, as plain JSON."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from metier.core import SplitName, Task
from metier.core.tasks import TaskForm, form_of
from metier.data.cleaning.labels import labels_of_rows
from metier.data.dividing.near_copies import THRESHOLD
from metier.data.ledger import Ledger
from metier.data.understanding.inspection import Inspection

_QUANTILES = {"min": 0, "5 %": 5, "25 %": 25, "median": 50, "75 %": 75, "95 %": 95, "max": 100}
_SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


def summarise(
    task: Task,
    inspection: Inspection,
    ledger: Ledger,
    clusters: Sequence[Sequence[int]],
    *,
    warnings: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    """Everything about a prepared data set but its rows; the same data, recipe and seed give the same summary."""
    form = form_of(task.kind)
    near = sum(map(len, clusters))
    rows = len(ledger.kept())
    return {
        "task": {
            "kind": task.kind,
            "instruction": task.instruction,
            "labels": list(task.labels),
            "template": task.template,
        },
        "shape": inspection.shape,
        "columns": {
            "input": inspection.input,
            "parts": list(inspection.parts),
            "target": inspection.target,
            "flags": list(inspection.flags),
            "group": inspection.group,
            "split": inspection.split_column,
            "template": dict(inspection.filling.columns) if inspection.filling else {},
        },
        "roles": dict(inspection.roles),
        "html": inspection.html,
        "split": inspection.split,
        "evidence": list(inspection.evidence),
        "warnings": list(warnings),
        "rows": len(ledger.entries),
        "totals": ledger.totals(),
        "splits": {split: len(ledger.kept(split)) for split in _SPLITS},
        "test_units": len({ledger.entries[row].group or str(row) for row in ledger.kept("test")}),
        "labels": {split: _labels(ledger, form, split) for split in _SPLITS} if form.has_labels else {},
        "lengths": _lengths(ledger, targets=form.free_text and form.answered),
        "near_duplicates": {
            "threshold": THRESHOLD,
            "clusters": len(clusters),
            "rows": near,
            "share": round(near / max(rows, 1), 4),
        },
        "sources": [
            {
                "file": file.source.name,
                "split": file.source.split,
                "format": file.source.format,
                "encoding": file.source.encoding,
                "rows": file.rows,
                "sha256": file.sha256,
            }
            for file in inspection.files
        ],
        "seed": seed,
    }


def _labels(ledger: Ledger, form: TaskForm, split: SplitName) -> dict[str, int]:
    """Rows with each label, the most frequent first."""
    counts = labels_of_rows(ledger, form, split)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _lengths(ledger: Ledger, *, targets: bool) -> dict[str, dict[str, int]]:
    """Quantiles of text lengths in characters, over all kept rows; turns before an input count with it."""
    lengths = {name: array("i") for name in ("input", "target")}
    for index in ledger.kept():
        entry = ledger.entries[index]
        lengths["input"].append(len(entry.input) + sum(len(turn.content) for turn in entry.history))
        lengths["target"].append(len(entry.target))
    if not targets:
        del lengths["target"]
    return {
        name: {label: int(np.percentile(values, quantile)) for label, quantile in _QUANTILES.items()}
        for name, values in lengths.items()
    }
