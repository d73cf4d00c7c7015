"""What the advice would be under other limits: nothing is built, answered or written again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metier.comparison.recipe import load_recipe
from metier.comparison.scoring.advice import Advice
from metier.comparison.scoring.leaderboard import advice_on, candidates_of, measure_all
from metier.comparison.scoring.metrics import chosen_metrics
from metier.comparison.scoring.rows import Entry
from metier.comparison.settings.limits import LimitsSettings
from metier.comparison.using.predicting import check_run
from metier.comparison.using.wholeness import reading, using
from metier.core import Problem, UserError, task_of
from metier.core.artifacts import read_json
from metier.core.names import suggestion


def what_if(run: Path, limits: Sequence[str]) -> Advice:
    """Apply the rule of the advice to a finished run under its limits and these.

    Args:
        run: folder of a finished run.
        limits: ``latency_ms=100`` entries that replace limits of the run's recipe; an empty value lifts one.

    Raises:
        UserError: no finished run, or no such limit.
        RecipeError: a limit that is not what it must be.
    """
    check_run(run)
    for limit in limits:
        name = limit.partition("=")[0].strip()
        if name not in LimitsSettings.model_fields or "=" not in limit:
            raise UserError([_unknown(limit, name)])
    recipe = load_recipe(run / "recipe.yaml", [f"limits.{limit}" for limit in limits]).recipe
    with reading(run):
        board = read_json(run / "leaderboard.json")
        task, rows, gap = task_of(board["task"]), board["approaches"], board["resolvable_gap"]
        entries = [Entry(row["name"], row["status"], row["why"]) for row in rows]
        base = Path(read_json(run / "run.json")["recipe_folder"])
    primary = chosen_metrics(recipe, task, folder=base)[0]
    with using(run, *(f"approaches/{entry.name}" for entry in entries if entry.status == "done")):
        measured = measure_all(run, recipe, task, entries, [primary])
    with reading(run):
        candidates = candidates_of(rows, measured, primary)
    return advice_on(candidates, measured, recipe, primary, gap)


def _unknown(limit: str, name: str) -> Problem:
    known = name in LimitsSettings.model_fields
    return Problem(
        where="--limit",
        expected="NAME=VALUE, such as latency_ms=100",
        got=repr(limit),
        remedy="write an equals sign and a value" if known else suggestion(name, LimitsSettings.model_fields),
    )
