"""One approach as a row of ``leaderboard.json``: its metrics, its distance to the best, what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metier import evaluation
from metier.approaches import FLOORS
from metier.approaches.grounding.choosing import CHOICE
from metier.approaches.grounding.context import FACTS
from metier.comparison.document_changes import changes_of
from metier.comparison.recipe import Recipe
from metier.comparison.scoring.knowledge import freshness_of
from metier.comparison.scoring.pricing import (
    answering_cost,
    building_cost,
    made_rows_cost,
    price_of,
    rewriting_cost,
    teaching_cost,
)
from metier.comparison.settings.limits import Candidate
from metier.comparison.settings.prices import BreakEven, Cost, break_even, cost_of_device
from metier.core import Score, TrainingCurve
from metier.core.artifacts import plain, read_json
from metier.core.said import sentence
from metier.core.short_training import still_falling
from metier.models import is_hosted

STRAINS = ("cut_answers", "unfinished_answers", "unparseable_answers", "answers_with_less_shown")
"""Counts of test answers with which something was the matter."""
_COSTS = (
    "latency_p50_ms",
    "latency_p95_ms",
    "latency_p99_ms",
    "answers_per_second",
    "load",
    "tokens_per_query",
    "tokens_in_per_query",
    "tokens_out_per_query",
    "peak_memory_mb",
    "gpu_memory_mb",
    "energy_per_1000_wh",
    "given_passages",
    "disk_mb",
)


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


def row_of(
    run: Path,
    recipe: Recipe,
    entry: Entry,
    measured: Mapping[str, evaluation.Measured],
    compared: evaluation.Comparison | None,
    readers: Sequence[str] | None,
) -> dict[str, Any]:
    """A row; costs are None where the approach is not done.

    Args:
        run: the run's folder.
        recipe: gives prices and models.
        entry: the approach.
        measured: what was measured, by approach.
        compared: the comparison of those; None where nothing was measured.
        readers: who may see all training rows; None: everybody.
    """
    row: dict[str, Any] = {"name": entry.name, "summary": "", "metrics": {}, "vs_best": None, "by_source": {}}
    costs: dict[str, Any] = {}
    record: dict[str, Any] = {}
    building: dict[str, Any] = {}
    paid = Cost(None, None)
    if entry.status == "done":
        folder = run / "approaches" / entry.name
        costs, record = read_json(folder / "costs.json"), read_json(folder / "record.json")
        building = read_json(folder / "building.json")
        row["summary"] = sentence(record, "summary")
        analysis = folder / "analysis.json"
        row["by_source"] = read_json(analysis).get("sources", {}) if analysis.is_file() else {}
        row["metrics"] = plain(measured[entry.name].scores)
        assert compared is not None
        row["vs_best"] = _vs_best(compared, entry.name)
        paid = _paid(recipe, folder, costs, record, building)
    return row | {
        "train_seconds": _training(record.get("seconds", {})) if record else None,
        "build_seconds": building.get("seconds"),
        "build_cost": paid.build,
        "cost_per_1000": paid.per_1000,
        **{name: costs.get(name) for name in _COSTS},
        "build_memory_mb": building.get("peak_memory_mb"),
        "build_energy_wh": building.get("energy_wh"),
        "trainable_parameters": record.get("trainable_parameters"),
        "total_parameters": record.get("total_parameters"),
        "privacy": {
            "rows_in_weights": record.get("rows_in_weights"),
            "rows_in_prompts": record.get("rows_in_prompts"),
            "readers": readers if record.get("rows_in_weights") or record.get("rows_in_prompts") else None,
        },
        "freshness": freshness_of(record, costs, building["seconds"])._asdict() if record else None,
        "documents_changed": changes_of(run / "approaches" / entry.name) if record else None,
        "answers": {name: costs.get(name) for name in STRAINS},
        "sensitivity": record.get("sensitivity"),
        "sweep": record.get("sweep"),
        "forgetting": record.get("forgetting"),
        "still_learning": _still_learning(record.get("curve")),
        "status": entry.status,
        "why": entry.why,
    }


def _still_learning(curve: Mapping[str, Any] | None) -> bool:
    """Whether the record of a training, if there was one, shows that it ended too early."""
    return curve is not None and bool(still_falling(TrainingCurve(**curve)))


def _training(seconds: Mapping[str, float]) -> float:
    """Time that went into training: of the trials of a sweep too."""
    return seconds.get("train", 0.0) + seconds.get("sweep", 0.0)


def candidate_of(row: Mapping[str, Any], score: Score) -> Candidate:
    """A measured row as the advice sees it."""
    privacy, speed = row["privacy"], row.get("answers_per_second")
    return Candidate(
        name=row["name"],
        score=score,
        latency_p50_ms=row["latency_p50_ms"],
        latency_p95_ms=row["latency_p95_ms"],
        memory_mb=row["peak_memory_mb"],
        rows_in_weights=privacy["rows_in_weights"],
        rows_in_prompts=privacy["rows_in_prompts"],
        tuned=row["name"] not in FLOORS and privacy["rows_in_weights"] > 0,
        on_gpu=row.get("gpu_memory_mb") is not None,
        looks_up=bool(row.get("given_passages")),
        build_cost=row["build_cost"],
        cost_per_1000=row["cost_per_1000"],
        build_seconds=row["build_seconds"],
        seconds_per_answer=1 / speed if speed else None,
    )


def break_evens(candidates: list[Candidate], recommended: str | None, currency: str) -> list[dict[str, Any]]:
    """From how many queries on the recommended approach pays against each other one, or it against that."""
    priced = all(c.build_cost is not None and c.cost_per_1000 is not None for c in candidates)
    entries = [
        (c.name, c.build_cost or 0.0, (c.cost_per_1000 or 0.0) / 1000)
        if priced
        else (c.name, c.build_seconds or 0.0, c.seconds_per_answer or 0.0)
        for c in candidates
    ]
    found: list[BreakEven] = break_even(entries, recommended) if recommended else []
    unit = (currency or "money") if priced else "device seconds"
    return [{"from": each.start, "to": each.to, "queries": each.queries, "unit": unit} for each in found]


def _paid(
    recipe: Recipe, folder: Path, costs: Mapping[str, Any], record: Mapping[str, Any], building: Mapping[str, Any]
) -> Cost:
    """By the token where the model is hosted, else by the time of the device; and what hosted models did besides."""
    name, settings = folder.name, recipe.approaches.get(folder.name)
    if settings is not None and name not in FLOORS and is_hosted(settings.model or recipe.model):
        price = price_of(recipe, name)
        own = Cost(building_cost(price, record, _asked_for_retrieval(folder)), answering_cost(price, costs))
        known = own.build
    else:
        speed = costs.get("answers_per_second")
        answer = 1 / speed if speed else 0
        own = cost_of_device(recipe.prices, build_seconds=building["seconds"], seconds_per_answer=answer)
        known = own.build or 0.0  # of a device without a price, what hosted models did is told alone
    beside = [cost(recipe, name, record) for cost in (made_rows_cost, teaching_cost, rewriting_cost)]
    spent = [cost for cost in beside if cost is not None]
    if known is None or len(spent) < len(beside):
        return own._replace(build=None)
    return own._replace(build=known + sum(spent)) if any(spent) else own


def _asked_for_retrieval(folder: Path) -> list[dict[str, Any]]:
    """What the choice of retrieval settings and the oracle runs took, in tokens."""
    choice, facts = folder / CHOICE, folder / FACTS
    found = [read_json(choice)["choice"]] if choice.is_file() else []
    oracles = read_json(facts).get("oracles") if facts.is_file() else None
    return [*found, oracles] if oracles else found


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
