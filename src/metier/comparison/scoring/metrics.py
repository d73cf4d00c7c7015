"""The metrics of a run: those that the recipe names, or the task's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metier import evaluation
from metier.comparison.recipe import Recipe
from metier.core import RecipeError, Task
from metier.data.templating import find_template
from metier.evaluation.graders import GraderSettings


def chosen_metrics(recipe: Recipe, task: Task, *, folder: Path) -> list[evaluation.Metric]:
    """What is measured, the primary metric first.

    Args:
        recipe: names them, or none.
        task: gives the defaults.
        folder: where the paths of a user's own metrics start.

    Raises:
        RecipeError: a metric does not exist, or not for this kind of task.
    """
    names, costs = metric_names(recipe, task, folder=folder), recipe.evaluate.costs
    metrics, problems = evaluation.find_metrics(names, task.kind, folder=folder, costs=costs)
    if problems:
        raise RecipeError(problems)
    return metrics


def metric_names(recipe: Recipe, task: Task, *, folder: Path) -> Sequence[str | GraderSettings]:
    """What is to be measured, as it is called: by the recipe, else by the rows' template, else by the kind of task."""
    return recipe.evaluate.metrics or _of_template(task, folder) or evaluation.default_metrics(task.kind)


def _of_template(task: Task, folder: Path) -> tuple[str, ...]:
    """The metrics of the template that made the rows."""
    return find_template(task.template, folder=folder).metrics if task.template else ()
