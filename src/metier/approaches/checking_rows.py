"""What is wrong in an entry of the recipe that the rows themselves show: found before any work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning import rewards
from metier.approaches.tuning.marking import marks
from metier.approaches.tuning.rows import rejected_of
from metier.core import Example, Problem, Task
from metier.core.tasks import form_of
from metier.evaluation import try_out
from metier.prompts import NO_LABEL
from metier.training import WeightsSettings

_TRIED = 8
"""Rows that a file of the user's own is asked about: each with its right answer, with another one and with none."""


def check_rows(
    name: str,
    settings: ApproachSettings,
    task: Task,
    train: Sequence[Example],
    undesirable: Sequence[Example],
    *,
    folder: Path,
) -> list[Problem]:
    """Problems at paths that start at ``approaches.NAME``.

    Args:
        name: of the approach.
        settings: its settings, right by themselves.
        task: what is to be learnt.
        train: the rows to learn from.
        undesirable: answers that are marked as such.
        folder: the recipe's.
    """
    weights = settings.weights
    if weights is None:
        return []
    found = _no_pairs(weights, train, undesirable) if weights.preference else []
    if weights.reinforce:
        pairs = answers_to_try(train, task)
        for path in rewards.own_files(settings.rewards, folder):
            found += [replace(problem, where="recipe", path="rewards") for problem in try_out(path, pairs, task.labels)]
    return [replace(problem, path=f"approaches.{name}.{problem.path}") for problem in found]


def answers_to_try(train: Sequence[Example], task: Task) -> list[tuple[str, str]]:
    """Targets of the first rows, each with itself, with the next one, and with what stands for no answer."""
    targets = [example.target or "" for example in islice(train, _TRIED)]
    nothing = NO_LABEL if form_of(task.kind).chooses else ""
    following = [*targets[1:], *targets[:1]]
    return [pair for one, other in zip(targets, following, strict=True) for pair in ((one, one), (one, other))] + [
        (one, nothing) for one in targets
    ]


def _no_pairs(weights: WeightsSettings, train: Sequence[Example], undesirable: Sequence[Example]) -> list[Problem]:
    """A preference loss needs two answers to a row, or answers of two kinds."""
    assert weights.preference is not None
    if weights.preference.loss != "kto":
        if any(rejected_of(example) for example in train):
            return []
        expected = "pairs: rows whose field 'rejected' has another answer than the right one"
        got, remedy = "none among the training rows", "call the column of unwanted answers 'rejected', or leave it out"
        return [Problem(where="recipe", path="weights.preference", expected=expected, got=got, remedy=remedy)]
    kinds: set[bool] = {False} if undesirable else set()
    for example in train:
        kinds |= {good for _, good in marks(example)}
        if len(kinds) == 2:
            return []
    had = {True: "good ones alone", False: "bad ones alone"}
    got = had[next(iter(kinds))] if kinds else "none that is marked"
    expected = "good and bad answers among the training rows"
    remedy = "mark answers in a column 'desirable' (true or false), give others in 'rejected', or choose another loss"
    return [Problem(where="recipe", path="weights.preference", expected=expected, got=got, remedy=remedy)]
