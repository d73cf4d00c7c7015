"""What an approach is worth on each source of the test rows: the figures of single tasks in a mixture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from metier import evaluation
from metier.core import Example, Prediction, Task

FEWEST = 10
"""Sources with fewer test rows are not told by themselves."""
_MOST = 30
"""Nor is anything where there are more of them: those are documents, or customers, and no tasks."""


def by_source(
    task: Task,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    metric: str | evaluation.Metric,
    *,
    confidence: float,
    seed: int,
) -> dict[str, dict[str, Any]]:
    """``{source: {value, low, high, rows}}`` of the primary metric; empty where the rows come from one source.

    A row's source is what its id says before its number.
    """
    answers = {prediction.id: prediction for prediction in predictions}
    parts: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        parts[example.id.rpartition(":")[0]].append(example)
    told = {name: some for name, some in sorted(parts.items()) if len(some) >= FEWEST}
    if not 2 <= len(told) <= _MOST:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for name, some in told.items():
        chosen = [answers[example.id] for example in some]
        measured = evaluation.measure(task, some, chosen, [metric], confidence=confidence, seed=seed)
        score = measured.scores[evaluation.metric_of(metric).name]
        found[name] = {"value": score.value, "low": score.low, "high": score.high, "rows": len(some)}
    return found
