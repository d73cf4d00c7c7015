"""``leaderboard.json``: every approach on the same test set, with intervals, paired differences, costs and advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from metier import evaluation
from metier.approaches import FLOORS
from metier.comparison import wording
from metier.comparison.answers import read_asked, read_predictions
from metier.comparison.recipe import Recipe
from metier.comparison.scoring.advice import Advice, advise, over_limits
from metier.comparison.scoring.by_source import by_source
from metier.comparison.scoring.grading import with_grades
from metier.comparison.scoring.knowledge import readers_of_file
from metier.comparison.scoring.rows import Entry, break_evens, candidate_of, row_of
from metier.comparison.scoring.too_few import how_many_tell, too_few
from metier.comparison.scoring.worth import worth
from metier.comparison.settings.limits import Candidate
from metier.core import Example, Prediction, Task
from metier.core.artifacts import write_json
from metier.core.said import Said, with_messages
from metier.core.tasks import form_of

__all__ = ["Entry", "advice_on", "build_leaderboard", "candidates_of", "measure_all"]

Metrics = Sequence[str | evaluation.Metric]
"""The first is the primary one."""
AllMeasured = Mapping[str, evaluation.Measured]
"""By approach."""


def build_leaderboard(
    run: Path,
    recipe: Recipe,
    task: Task,
    entries: Sequence[Entry],
    metrics: Metrics,
    *,
    test_size: int,
    graders: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Measure, compare, advise; write ``leaderboard.json`` and each approach's ``analysis.json``.

    Args:
        run: the run's folder.
        recipe: gives confidence, limits, prices and seed.
        task: what was asked.
        entries: every approach, in the recipe's order.
        metrics: what is measured.
        test_size: number of test rows.
        graders: what models that graded answers were asked, and what that took.

    Returns:
        the content of ``leaderboard.json``.
    """
    confidence = recipe.evaluate.confidence
    measured = measure_all(run, recipe, task, entries, metrics, analyse=True)
    metric = evaluation.metric_of(metrics[0])
    primary = metric.name
    compared = evaluation.compare(measured, primary, confidence=confidence, seed=recipe.seed) if measured else None
    readers = readers_of_file(run / "data" / "train.parquet") if measured else None
    gap = compared.resolvable_gap if compared else evaluation.resolvable_gap(max(test_size, 1), confidence=confidence)
    rows = [row_of(run, recipe, entry, measured, compared, readers) for entry in entries]
    sign = 1 if metric.better == "lower" else -1
    rows.sort(key=lambda row: (not row["metrics"], sign * row["metrics"][primary]["value"] if row["metrics"] else 0))
    candidates = candidates_of(rows, measured, metric)
    advice = advice_on(candidates, measured, recipe, metric, gap)
    board: dict[str, Any] = {
        "run": recipe.name,
        "task": task,
        "primary_metric": primary,
        "better": metric.better,
        "unit": metric.unit,
        "units": {one.name: one.unit for one in map(evaluation.metric_of, metrics)},
        "test_size": test_size,
        "test_groups": compared.num_units if compared and compared.grouped else None,
        "resolvable_gap": gap,
        "confidence": confidence,
        "recommended": advice.recommended,
        "reason": advice.reason,
        "ties": advice.ties,
        "trace": advice.trace,
        "selection": _selection(compared, rows, primary, sign) if compared and len(measured) > 1 else None,
        "worth": worth(recipe, measured, primary),
        "break_even": break_evens(candidates, advice.recommended, recipe.prices.currency),
        "currency": recipe.prices.currency or None,
        "floors": [entry.name for entry in entries if entry.name in FLOORS],
        "limits": recipe.limits.chosen(),
        "graders": list(graders),
        "approaches": rows,
    }
    told = with_messages(board)
    write_json(run / "leaderboard.json", told)
    return told


def measure_all(
    run: Path, recipe: Recipe, task: Task, entries: Sequence[Entry], metrics: Metrics, *, analyse: bool = False
) -> dict[str, evaluation.Measured]:
    """Score what the approaches that are done have answered; the test set stays closed.

    Args:
        run: the run's folder.
        recipe: gives confidence and seed.
        task: what was asked.
        entries: every approach.
        metrics: what is measured.
        analyse: whether to write each approach's ``analysis.json`` too.
    """
    asked: Any = {"confidence": recipe.evaluate.confidence, "seed": recipe.seed}
    measured: dict[str, evaluation.Measured] = {}
    for entry in entries:
        if entry.status != "done":
            continue
        folder = run / "approaches" / entry.name
        path = folder / "predictions.parquet"
        examples, predictions = read_asked(path), with_grades(run, entry.name, read_predictions(path), metrics)
        measured[entry.name] = evaluation.measure(task, examples, predictions, metrics, **asked)
        if analyse:
            sources = by_source(task, examples, predictions, metrics[0], **asked)
            _write_analysis(folder, task, examples, predictions, measured[entry.name], sources, **asked)
    return measured


def candidates_of(
    rows: Sequence[Mapping[str, Any]], measured: AllMeasured, metric: evaluation.Metric
) -> list[Candidate]:
    """Rows of a leaderboard as the advice sees them: those that were measured."""
    return [candidate_of(row, measured[row["name"]].scores[metric.name]) for row in rows if row["name"] in measured]


def advice_on(
    candidates: Sequence[Candidate], measured: AllMeasured, recipe: Recipe, metric: evaluation.Metric, gap: float
) -> Advice:
    """The rule, applied to what was measured. What breaks a limit is no yardstick: the rest is compared by itself.

    Args:
        candidates: what was measured, as the rule sees it.
        measured: the same by name.
        recipe: gives limits, currency, confidence and seed.
        metric: the primary one.
        gap: the difference that the test set resolves between all of them.
    """
    ruled_out = over_limits(candidates, recipe.limits)
    within = {name: one for name, one in measured.items() if name not in ruled_out}
    compared = None
    worse: dict[str, str] = {}
    undecided: Mapping[str, str] = {}
    if len(within) > 1:
        compared = evaluation.compare(within, metric.name, confidence=recipe.evaluate.confidence, seed=recipe.seed)
        worse = {name: _evidence(one, metric.unit) for name, one in compared.differences.items() if one.significant}
        undecided = how_many_tell(compared, unit=metric.unit, confidence=recipe.evaluate.confidence)
    return advise(
        candidates,
        metric=metric,
        worse=worse,
        limits=recipe.limits,
        currency=recipe.prices.currency,
        too_few=too_few(compared, gap=gap, unit=metric.unit),
        undecided=undecided,
    )


def _evidence(difference: evaluation.Difference, unit: str) -> str:
    change, p = wording.change(difference.value, unit), wording.p_value(difference.p_holm)
    if unit == wording.SHARE:
        return Said("%(change)s points (%(p)s, corrected)", change=change, p=p)
    return Said("%(change)s (%(p)s, corrected)", change=change, p=p)


def _selection(
    compared: evaluation.Comparison, rows: Sequence[Mapping[str, Any]], primary: str, sign: int
) -> dict[str, Any]:
    """How much the best figure flatters, and what it is without that."""
    (best,) = [row for row in rows if row["name"] == compared.best]
    return {
        "approaches": len([row for row in rows if row["metrics"]]),
        "best": compared.best,
        "optimism": compared.optimism,
        "corrected": best["metrics"][primary]["value"] + sign * compared.optimism,
    }


def _write_analysis(
    folder: Path,
    task: Task,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    measured: evaluation.Measured,
    sources: dict[str, Any],
    *,
    confidence: float,
    seed: int,
) -> None:
    """Where the answers go wrong: by source, label, confidence, type of span; whatever the task has of these."""
    found: dict[str, Any] = {"sources": sources} if sources else {}
    if form_of(task.kind).chooses:
        found["confusion"] = evaluation.confusion(task, examples, predictions)
        found["per_class"] = evaluation.per_class(task, examples, predictions, confidence=confidence)
        if table := evaluation.reliability(task, examples, predictions, seed=seed):
            found["calibration"] = table
    if task.kind == "extract" or any(metric.form == "spans" for metric in measured.metrics.values()):
        found["spans"] = evaluation.per_type(examples, predictions)
    if task.kind == "multilabel":
        found["label_sets"] = evaluation.per_label(task, examples, predictions)
    if found:
        write_json(folder / "analysis.json", found)
    else:
        (folder / "analysis.json").unlink(missing_ok=True)
