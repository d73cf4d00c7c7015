"""What is wrong in a recipe and can be known without its data; with the task that the data gives, a little more."""

from __future__ import annotations

from dataclasses import replace

from metier import approaches, evaluation
from metier.approaches import Resources
from metier.comparison.recipe import Loaded, Recipe
from metier.core import MissingPackageError, ModelError, Problem, RecipeError, Reporter, Silent, Task
from metier.models import choose


def check(loaded: Loaded, *, where: str, task: Task | None = None) -> None:
    """Find everything that is wrong in a recipe and can be known before the data is read.

    Raises:
        RecipeError: all problems together.
    """
    resources = resources_for(loaded, Silent())
    problems: list[Problem] = []
    kind = loaded.recipe.task.kind
    if loaded.recipe.evaluate.metrics is not None and kind is not None:
        problems += evaluation.find_metrics(loaded.recipe.evaluate.metrics, kind, folder=loaded.folder)[1]
    problems += _machine_problems(loaded.recipe) + _embedder_problems(resources)
    for name, settings in loaded.recipe.approaches.items():
        problems += approaches.check(name, settings, task, resources)
    if problems:
        raise RecipeError([replace(problem, where=where) for problem in problems])


def _machine_problems(recipe: Recipe) -> list[Problem]:
    """A device that is not there; asks torch only where the recipe names one."""
    if recipe.device in ("auto", "cpu"):
        return []
    try:
        choose(device=recipe.device, precision=recipe.precision)
    except ModelError as error:
        return list(error.problems)
    return []


def _embedder_problems(resources: Resources) -> list[Problem]:
    try:
        family = resources.source(resources.embedder).profile.family
    except ModelError as error:
        return [replace(problem, path="embedder") for problem in error.problems]
    except MissingPackageError:  # only what compares texts needs it, and will say so
        return []
    if family == "encoder":
        return []
    got = f"{resources.embedder!r}, which is a {family} model"
    remedy = "leave embedder out for the bundled one, or name an encoder"
    return [Problem(where="recipe", path="embedder", expected="an encoder", got=got, remedy=remedy)]


def resources_for(loaded: Loaded, reporter: Reporter) -> Resources:
    """What approaches may use, as the recipe says."""
    recipe = loaded.recipe
    return Resources(
        reporter=reporter,
        seed=recipe.seed,
        recipe_folder=loaded.folder,
        model=recipe.model,
        embedder=recipe.embedder,
        documents=recipe.data.documents,
        readers=recipe.data.readers,
        device=recipe.device,
        precision=recipe.precision,
    )
