"""What is wrong in a recipe and can be known without its data; with the task that the data gives, a little more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from metier import approaches, evaluation
from metier.approaches import ApproachSettings, Resources
from metier.comparison.recipe import Loaded, Recipe
from metier.comparison.resources import resources_for
from metier.comparison.scoring.grading import check_graders
from metier.comparison.settings.judge_settings import check_judge
from metier.comparison.trackers import check_trackers
from metier.core import MissingPackageError, ModelError, Problem, RecipeError, Silent, Task, TaskKind
from metier.core.names import suggestion
from metier.data import Dataset, Prepared
from metier.models import choose


def check(loaded: Loaded, *, where: str, read: Prepared | Dataset | None = None) -> None:
    """Find everything that is wrong in a recipe and can be known before the data is read, or before any work.

    Args:
        loaded: the recipe.
        where: what messages call it.
        read: once the data has been read.

    Raises:
        RecipeError: all problems together.
    """
    resources = resources_for(loaded, Silent())
    problems: list[Problem] = []
    task = read.task if read else None
    kind = task.kind if task else loaded.recipe.task.kind
    problems += _metric_problems(loaded, kind, task)
    problems += _machine_problems(loaded.recipe) + _embedder_problems(resources)
    problems += check_trackers(loaded.recipe.trackers)
    problems += check_graders(loaded.recipe, kind)
    problems += [] if loaded.auto else _curve_problems(loaded.recipe)
    if loaded.recipe.judge is not None:
        problems += check_judge(loaded.recipe.judge, loaded.recipe.hosted, loaded.folder)
    for name, settings in loaded.recipe.approaches.items():
        found = approaches.check(name, settings, task, resources, kind=kind)
        problems += [_at_its_place(problem, name, settings) for problem in found]
    if kind == "continue":
        problems += _nothing_to_judge(loaded.recipe) or (
            [] if problems else _several_families(loaded.recipe, resources)
        )
    if read and not problems:
        problems += _row_problems(loaded, read)
    if problems:
        raise RecipeError([replace(problem, where=where) for problem in dict.fromkeys(problems)])


def _row_problems(loaded: Loaded, read: Prepared | Dataset) -> list[Problem]:
    """What the rows show: nothing to prefer, files of the user's own that cannot judge them."""
    recipe, task, problems = loaded.recipe, read.task, list[Problem]()
    for name in recipe.evaluate.metrics or ():
        if isinstance(name, str) and name.endswith(".py"):
            pairs = approaches.answers_to_try(read.train, task)
            problems += evaluation.try_out(loaded.folder / Path(name).expanduser(), pairs, task.labels)
    for name, settings in recipe.approaches.items():
        problems += approaches.check_rows(name, settings, task, read.train, read.undesirable, folder=loaded.folder)
    return problems


def _at_its_place(problem: Problem, name: str, settings: ApproachSettings) -> Problem:
    """The recipe's own model is wrong in one place, whichever approaches take it."""
    inherited = settings.model is None and problem.path == f"approaches.{name}.model"
    return replace(problem, path="model") if inherited else problem


def _metric_problems(loaded: Loaded, kind: TaskKind | None, task: Task | None) -> list[Problem]:
    """Metrics that do not exist or fit, and costs of labels that the data does not have."""
    settings = loaded.recipe.evaluate
    if kind is None or (settings.metrics is None and settings.costs is None):
        return []
    names = evaluation.default_metrics(kind) if settings.metrics is None else settings.metrics
    found = evaluation.find_metrics(names, kind, folder=loaded.folder, costs=settings.costs)[1]
    if task is not None and settings.costs is not None:
        found += evaluation.check_costs(settings.costs, task.labels)
    return found


def _nothing_to_judge(recipe: Recipe) -> list[Problem]:
    """Raw text has no answers that a judge could compare."""
    if recipe.judge is None:
        return []
    expected, remedy = "no judge: raw text (task.kind: continue) is not answered", "leave it out"
    return [Problem(where="recipe", path="judge", expected=expected, got="a judge", remedy=remedy)]


def _several_families(recipe: Recipe, resources: Resources) -> list[Problem]:
    """Bits of a text read from left to right and bits of masked words are not comparable."""
    families = {"model": resources.source(None).profile.family}
    families |= {
        f"approaches.{name}.model": resources.source(settings.model).profile.family
        for name, settings in recipe.approaches.items()
        if name not in approaches.FLOORS
    }
    first = families["model"]
    return [
        Problem(
            where="recipe",
            path=path,
            expected=f"a {first} model like the recipe's: bits a byte of other families are another measure",
            got=f"a {family} model",
            remedy="compare models of one family in a run, and set the recipe's model to one of them",
        )
        for path, family in families.items()
        if family != first
    ]


def _curve_problems(recipe: Recipe) -> list[Problem]:
    """Curves and a judge of approaches that are not there."""
    known = {*recipe.approaches, *approaches.FLOORS}
    named = [("curve.approaches", name) for name in (recipe.curve.approaches if recipe.curve else ())]
    if recipe.judge is not None and recipe.judge.against is not None:
        named.append(("judge.against", recipe.judge.against))
    return [
        Problem(
            where="recipe",
            path=path,
            expected="names of approaches",
            got=repr(name),
            remedy=suggestion(name, known),
        )
        for path, name in named
        if name not in known
    ]


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
    trouble = resources.source(resources.embedder).sentence.trouble
    if family == "encoder" and not trouble:
        return []
    if trouble:
        expected, remedy = "an embedder whose vectors are means or first tokens of the encoder's", "choose another one"
        return [Problem(where="recipe", path="embedder", expected=expected, got=trouble, remedy=remedy)]
    got = f"{resources.embedder!r}, which is a {family} model"
    remedy = "leave embedder out for the bundled one, or name an encoder"
    return [Problem(where="recipe", path="embedder", expected="an encoder", got=got, remedy=remedy)]
