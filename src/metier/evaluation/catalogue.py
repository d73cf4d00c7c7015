"""Which metrics there are, which are taken when none are named, and what is wrong with a choice of them."""

from __future__ import annotations

from collections.abc import Sequence

from metier.core import MissingPackageError, Problem, Registry, TaskKind
from metier.core.names import suggestion
from metier.evaluation.metric import Metric

METRICS: Registry[Metric] = Registry("metier.evaluation.metrics", kind="metric")
"""All metrics, by file name; a third party adds one by an entry point of this group."""

_PATH = "evaluate.metrics"


def default_metrics(kind: TaskKind) -> tuple[str, ...]:
    """Names of the metrics for a kind of task, the primary one first.

    >>> default_metrics("classify")
    ('macro_f1', 'accuracy')
    """
    return ("macro_f1", "accuracy") if kind == "classify" else ("token_f1", "exact_match", "rouge_l", "chrf")


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


def _check(name: str, kind: TaskKind, where: str) -> Problem | None:
    if name not in METRICS.names():
        remedy = suggestion(name, METRICS.names())
        return Problem(where=where, path=_PATH, expected="the name of a metric", got=repr(name), remedy=remedy)
    try:
        metric = METRICS.get(name)
    except MissingPackageError as error:
        expected = f"the packages that {name!r} needs"
        return Problem(where=where, path=_PATH, expected=expected, got="one is missing", remedy=str(error))
    if kind in metric.kinds:
        return None
    return Problem(
        where=where,
        path=_PATH,
        expected=f"a metric for a task of kind {kind!r}",
        got=f"{name!r}, which is for {' and '.join(metric.kinds)}",
        remedy=f"use some of: {', '.join(default_metrics(kind))}",
    )
