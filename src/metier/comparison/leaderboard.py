"""``leaderboard.json``: every approach on the same test set, with intervals, paired differences and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metier import evaluation
from metier.approaches import FLOORS
from metier.comparison.advice import Advice, Candidate, advise, over_limits
from metier.comparison.job import read_predictions
from metier.comparison.pricing import answering_cost, building_cost, price_of
from metier.comparison.recipe import Recipe
from metier.core import Example, Prediction, Task
from metier.core.artifacts import plain, read_json, write_json
from metier.models import Price

STRAINS = ("cut_answers", "unfinished_answers", "unparseable_answers", "answers_with_less_shown")
"""Counts of test answers with which something was the matter."""


class Entry(NamedTuple):
    """An approach and how it ended.

    Attributes:
        name: of the approach.
        status: ``done``, ``failed``, ``not_applicable`` or ``not_run``.
        why: the reason where it is not done.
    """

    name: str
    status: str
    why: str


def build_leaderboard(
    run: Path, recipe: Recipe, task: Task, examples: Sequence[Example], entries: Sequence[Entry], metrics: Sequence[str]
) -> dict[str, Any]:
    """Measure, compare, advise; write ``leaderboard.json`` and each approach's ``analysis.json``.

    Args:
        run: the run's folder.
        recipe: gives confidence, limits and seed.
        task: what was asked.
        examples: the test set.
        entries: every approach, in the recipe's order.
        metrics: names; the first is the primary one.

    Returns:
        the content of ``leaderboard.json``.
    """
    confidence, primary = recipe.evaluate.confidence, metrics[0]
    measured: dict[str, evaluation.Measured] = {}
    for entry in entries:
        if entry.status == "done":
            folder = run / "approaches" / entry.name
            predictions = read_predictions(folder / "predictions.parquet")
            measured[entry.name] = evaluation.measure(
                task, examples, predictions, metrics, confidence=confidence, seed=recipe.seed
            )
            _write_analysis(folder, task, examples, predictions, measured[entry.name], seed=recipe.seed)
    compared = evaluation.compare(measured, primary, confidence=confidence, seed=recipe.seed) if measured else None
    rows = [_row(run, entry, measured, compared, price_of(recipe, entry.name)) for entry in entries]
    sign = 1 if evaluation.METRICS.get(primary).better == "lower" else -1
    rows.sort(key=lambda row: (not row["metrics"], sign * row["metrics"][primary]["value"] if row["metrics"] else 0))
    advice = _advice(rows, measured, compared, recipe, primary)
    board: dict[str, Any] = {
        "run": recipe.name,
        "task": task,
        "primary_metric": primary,
        "test_size": len(examples),
        "resolvable_gap": compared.resolvable_gap if compared else evaluation.resolvable_gap(len(examples)),
        "confidence": confidence,
        "recommended": advice.recommended,
        "reason": advice.reason,
        "ties": advice.ties,
        "floors": [entry.name for entry in entries if entry.name in FLOORS],
        "limits": recipe.limits,
        "approaches": rows,
    }
    write_json(run / "leaderboard.json", board)
    return plain(board)


def _write_analysis(
    folder: Path,
    task: Task,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    measured: evaluation.Measured,
    *,
    seed: int,
) -> None:
    """Where the answers go wrong: by label, by confidence, by type of span; whatever the task has of these."""
    found: dict[str, Any] = {}
    if task.labels:
        found["confusion"] = evaluation.confusion(task, examples, predictions)
        found["per_class"] = evaluation.per_class(task, examples, predictions)
        if table := evaluation.reliability(task, examples, predictions, seed=seed):
            found["calibration"] = table
    if any(metric.form == "spans" for metric in measured.metrics.values()):
        found["spans"] = evaluation.per_type(examples, predictions)
    if found:
        write_json(folder / "analysis.json", found)


def _row(
    run: Path,
    entry: Entry,
    measured: Mapping[str, evaluation.Measured],
    compared: evaluation.Comparison | None,
    price: Price | None,
) -> dict[str, Any]:
    row: dict[str, Any] = {"name": entry.name, "summary": "", "metrics": {}, "vs_best": None}
    costs: dict[str, Any] = {}
    record: dict[str, Any] = {}
    building: dict[str, Any] = {}
    if entry.status == "done":
        folder = run / "approaches" / entry.name
        costs, record = read_json(folder / "costs.json"), read_json(folder / "record.json")
        building = read_json(folder / "building.json")
        row["summary"] = record["summary"]
        row["metrics"] = plain(measured[entry.name].scores)
        assert compared is not None
        row["vs_best"] = _vs_best(compared, entry.name)
    return row | {
        "train_seconds": record.get("seconds", {}).get("train", 0.0) if record else None,
        "build_seconds": building.get("seconds"),
        "build_cost": building_cost(price, record),
        "latency_p50_ms": costs.get("latency_p50_ms"),
        "latency_p95_ms": costs.get("latency_p95_ms"),
        "tokens_per_query": costs.get("tokens_per_query"),
        "cost_per_1000": answering_cost(price, costs),
        "peak_memory_mb": costs.get("peak_memory_mb"),
        "build_memory_mb": building.get("peak_memory_mb"),
        "trainable_parameters": record.get("trainable_parameters"),
        "total_parameters": record.get("total_parameters"),
        "disk_mb": costs.get("disk_mb"),
        "privacy": {
            "rows_in_weights": record.get("rows_in_weights"),
            "rows_in_prompts": record.get("rows_in_prompts"),
        },
        "answers": {name: costs.get(name) for name in STRAINS},
        "sensitivity": record.get("sensitivity"),
        "status": entry.status,
        "why": entry.why,
    }


def _vs_best(compared: evaluation.Comparison, name: str) -> dict[str, Any] | None:
    """The paired difference to the best approach, p after Holm; None for the best itself."""
    if name == compared.best:
        return None
    difference = compared.differences[name]
    return {
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "p": difference.p_holm,
        "significant": difference.significant,
    }


def _advice(
    rows: Sequence[Mapping[str, Any]],
    measured: Mapping[str, evaluation.Measured],
    compared: evaluation.Comparison | None,
    recipe: Recipe,
    primary: str,
) -> Advice:
    """The rule, applied to what was measured. What breaks a limit is no yardstick: the rest is compared by itself."""
    candidates = [
        Candidate(
            name=row["name"],
            score=measured[row["name"]].scores[primary],
            latency_p50_ms=row["latency_p50_ms"],
            latency_p95_ms=row["latency_p95_ms"],
            memory_mb=row["peak_memory_mb"],
            rows_in_weights=row["privacy"]["rows_in_weights"],
            tuned=row["name"] not in FLOORS and row["privacy"]["rows_in_weights"] > 0,
        )
        for row in rows
        if row["name"] in measured
    ]
    limits = recipe.limits
    ruled_out = over_limits(candidates, latency_ms=limits.latency_ms, memory_gb=limits.memory_gb)
    within = {name: one for name, one in measured.items() if name not in ruled_out}
    if ruled_out and within:
        compared = evaluation.compare(within, primary, confidence=recipe.evaluate.confidence, seed=recipe.seed)
    worse = [name for name, difference in compared.differences.items() if difference.significant] if compared else []
    better = evaluation.METRICS.get(primary).better
    return advise(candidates, metric=primary, ruled_out=ruled_out, worse=worse, better=better)
