"""What an approach that has just answered scored, in a line, while the others are still at work."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from metier import evaluation
from metier.comparison import wording
from metier.comparison.answers import read_asked, read_predictions
from metier.core import Task


class Standing:
    """The leaderboard so far: values of the primary metric alone, without intervals.

    Args:
        run: the run's folder.
        task: what is asked.
        metric: the primary metric.
    """

    def __init__(self, run: Path, task: Task, metric: evaluation.Metric) -> None:
        self._run, self._task, self._metric = run, task, metric
        self._values: dict[str, float] = {}

    def after(self, name: str) -> str:
        """How an approach that is done compares with those before it."""
        path = self._run / "approaches" / name / "predictions.parquet"
        found = evaluation.statistics_of(self._metric, self._task, read_asked(path), read_predictions(path)).statistics
        value = float(self._metric.values(found, np.ones((1, len(found))))[0])
        sign = 1 if self._metric.better == "higher" else -1
        best = max(self._values, key=lambda one: sign * self._values[one], default=None)
        self._values[name] = value
        told = f"  {wording.metric(self._metric.name)} {self._figure(value)}"
        if best is None:
            return told
        if sign * value > sign * self._values[best]:
            return f"{told}, the best so far"
        return f"{told}; best so far: {best}, {self._figure(self._values[best])}"

    def _figure(self, value: float) -> str:
        return wording.figure(value, self._metric.unit)
