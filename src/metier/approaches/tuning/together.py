"""Several tasks in one training: rows of other tasks, each asked in its own words, beside those of the run.

The run's own validation decides when to stop; what came of the other tasks is measured on their validation rows. How
an encoder learns several, with a head for each, stands in :mod:`metier.approaches.tuning.joint_heads`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from metier import data
from metier.approaches.heads import HEADS
from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.prompting.halving import in_even_order
from metier.approaches.prompting.trials import attempt, metric_of, worth
from metier.approaches.prompting.wording import prompt_for, worded
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import System
from metier.approaches.tuning.rows import Prepared, answer_rows
from metier.approaches.tuning.together_settings import TaskBeside
from metier.core import DataError, Example, Problem, Task, TaskKind, UserError, say
from metier.core.names import listed
from metier.core.said import Said
from metier.core.said import joined as joined_sentences
from metier.core.tasks import form_of
from metier.data.reading.sources import example_paths
from metier.data.understanding.inspection import usable
from metier.models import LanguageModel
from metier.prompts import Calibration, PromptSettings
from metier.training import Row

_ALONE = ("documents", "readers")
"""Parts of ``data`` that only the run's own task has."""
_KNOWN = (
    "%(n)s whose text stands in validation are left out; with `split: {by: hash}` in both, texts of the test set stay "
    "out as well."
)


class Other(NamedTuple):
    """A task that is learnt beside the run's own.

    Attributes:
        name: in the recipe.
        settings: of the recipe.
        task: with what its data says filled in.
        train: rows to learn from.
        validation: rows to measure it with.
        known: training rows left out because their text stands in the run's validation.
    """

    name: str
    settings: TaskBeside
    task: Task
    train: tuple[Example, ...]
    validation: Sequence[Example]
    known: int

    def prompt_settings(self, folder: Path) -> PromptSettings:
        """How it is asked: in its own words."""
        return worded(PromptSettings(), self.task, trained=True, folder=folder)

    def rows(self, model: LanguageModel, folder: Path, *, max_length: int) -> list[Row]:
        """Its training rows as tokens, for a model that writes; those that do not fit are not among them."""
        prompt = prompt_for(self.task, self.prompt_settings(folder), trained=True)
        found = answer_rows(model, prompt, self.train, [()] * len(self.train), max_length=max_length)
        return self.named(found.rows)

    def named(self, rows: Sequence[Row], *, part: int = 0) -> list[Row]:
        """Rows under the task's name: ids of several tasks may be the same."""
        return [replace(row, id=f"{self.name}/{row.id}", part=part) for row in rows]


class Joined(NamedTuple):
    """The rows of all tasks.

    Attributes:
        rows: the run's own, then the others', weighed.
        notes: what the record should say, in sentences.
    """

    rows: Prepared
    notes: tuple[str, ...]


def check_together(
    settings: ApproachSettings, resources: Resources, *, kind: str, task: TaskKind | None, read: bool
) -> list[Problem]:
    """What is wrong with ``tasks``.

    Args:
        settings: of the approach.
        resources: the recipe's folder.
        kind: of System that the approach makes.
        task: kind of the run's own task; None: not known yet.
        read: whether to look at the data of the other tasks; for an encoder it is looked at in any case.
    """
    if not settings.tasks:
        return []
    weights = settings.weights
    if weights is None or kind not in ("prompted", "classifier"):
        expected, got = "weights to train, and a task that is answered", "raw text" if weights else "no weights"
        return [_problem("tasks", expected, got, "leave tasks out")]
    beside = [part for part in ("preference", "reinforce", "distill") if getattr(weights, part) is not None]
    if beside:
        remedy = "learn the tasks first, in an approach that this one starts from"
        return [_problem("tasks", "right answers to learn from, for every task", ", ".join(beside), remedy)]
    total = sum(one.share or 0.0 for one in settings.tasks.values())
    if total >= 1:
        remedy = "make them smaller: the run's own rows have the rest"
        return [_problem("tasks", "shares of less than 1 together", f"{total:g}", remedy)]
    own = task if kind == "classifier" else None
    read = read or own is not None
    found = [_check_one(name, one, resources, own, read=read) for name, one in settings.tasks.items()]
    if weights.label_smoothing and any(kind and form_of(kind).numeric for kind, _ in found):
        expected, got = "no smoothed targets: a number is none of several", str(weights.label_smoothing)
        return [_problem("weights.label_smoothing", expected, got, "leave it out, or the task with numbers")]
    return [problem for _, problems in found for problem in problems]


def _check_one(
    name: str, one: TaskBeside, resources: Resources, own: TaskKind | None, *, read: bool
) -> tuple[TaskKind | None, list[Problem]]:
    """The kind of a task, as far as it is known, and what is wrong; ``own`` is that of an encoder's own task."""
    path = f"tasks.{name}"
    for part in _ALONE:
        if getattr(one.data, part) is not None:
            got, remedy = str(getattr(one.data, part)), "leave it out, or write it into the recipe's own data"
            expected = "rows alone: no documents are looked up for them"
            return None, [_problem(f"{path}.data.{part}", expected, got, remedy)]
    kind = one.task.kind
    try:
        if read:
            kind = usable(data.inspect_source(one.data, task=one.task, folder=resources.recipe_folder)).kind
    except UserError as error:
        return kind, [replace(problem, path=f"{path}.{problem.path}".rstrip(".")) for problem in error.problems]
    if kind == "continue":
        remedy = "use weights.replay for text, or start from an approach that has learnt it"
        return kind, [_problem(f"{path}.task.kind", "a task that is answered", "raw text", remedy)]
    return kind, _other_head(f"{path}.task.kind", kind, own) if kind and own else []


def _other_head(path: str, kind: TaskKind, own: TaskKind) -> list[Problem]:
    """Tasks that one encoder learns together are read at the same place: of the whole text, or of every token."""
    alike = [name for name in HEADS.names() if own in HEADS.names() and HEADS.get(name).tokens == HEADS.get(own).tokens]
    if kind in alike:
        return []
    where = "every token" if own in HEADS.names() and HEADS.get(own).tokens else "the whole text"
    expected = f"{listed(alike)}: the run's own task has a head on {where}"
    return [_problem(path, expected, repr(kind), "use a model that writes, which can learn any tasks together")]


def inputs(tasks: Mapping[str, TaskBeside] | None, folder: Path) -> list[str]:
    """Hashes of the files with the rows of other tasks."""
    paths = [path for one in (tasks or {}).values() for path in example_paths(one.data)]
    return [data.path_hash(folder / Path(path).expanduser()) for path in paths]


def others_of(settings: ApproachSettings, validation: Collection[Example], resources: Resources) -> tuple[Other, ...]:
    """The other tasks with their rows, divided by the run's seed as the run's own are.

    Args:
        settings: of the approach.
        validation: the run's own: rows with the same text are not learnt from.
        resources: the recipe's folder, the seed and the reporter.

    Raises:
        DataError: the rows cannot be used.
    """
    held_out = {example.input.strip() for example in validation}
    found: list[Other] = []
    for name, one in (settings.tasks or {}).items():
        say(resources.reporter, f"  learnt together: {name}")
        made = _prepared(name, one, resources)
        train = tuple(example for example in made.train if example.input.strip() not in held_out)
        found.append(Other(name, one, made.task, train, tuple(made.validation), len(made.train) - len(train)))
    return tuple(found)


def _prepared(name: str, one: TaskBeside, resources: Resources) -> data.Prepared:
    try:
        return data.prepare(
            one.task, one.data, folder=resources.recipe_folder, seed=resources.seed, reporter=resources.reporter
        )
    except UserError as error:
        at = [replace(problem, expected=f"of the rows of {name}: {problem.expected}") for problem in error.problems]
        raise DataError(at) from error


def joined(own: Prepared, others: Sequence[Other], rows: Mapping[str, Sequence[Row]], *, max_length: int) -> Joined:
    """The rows of all tasks; those of tasks with a share are weighed so that they carry it.

    Args:
        own: rows of the run's task.
        others: the other tasks.
        rows: theirs, by the task's name.
        max_length: longest row in tokens.
    """
    asked = {other.name: other.settings.share for other in others}
    weighed = by_share(own.rows, [(rows[name], share) for name, share in asked.items()])
    total = sum(row.weight for row in weighed) or 1.0
    notes: list[str] = []
    for other in others:
        mine = rows[other.name]
        carried = sum(row.weight for row in weighed if row.id.startswith(f"{other.name}/"))
        left = len(other.train) - len({row.id for row in mine})  # a long text may have been read in several windows
        share = f"{100 * carried / total:.0f} %"
        told = "Learnt together with %(name)s: %(rows)s rows, %(share)s of the loss."
        said = [Said(told, name=other.name, rows=f"{len(mine):,}", share=share)]
        if left:
            told = "%(n)s of its rows do not fit into %(most)s tokens."
            said.append(Said(told, n=f"{left:,}", most=str(max_length)))
        if other.known:
            said.append(Said(_KNOWN, n=f"{other.known:,}"))
        notes.append(joined_sentences(said))
    return Joined(replace(own, rows=weighed, others=len(weighed) - len(own.rows)), tuple(notes))


def by_share(own: Sequence[Row], others: Sequence[tuple[Sequence[Row], float | None]]) -> list[Row]:
    """Rows of several tasks, weighed.

    >>> row = Row(id="a", ids=(1, 2), weights=(0.0, 1.0))
    >>> [round(one.weight, 3) for one in by_share([row] * 2, [([row], None), ([row] * 2, 0.25)])]
    [1.0, 1.0, 1.0, 0.5, 0.5]
    """
    fixed = sum(row.weight for row in own) + sum(row.weight for rows, share in others if share is None for row in rows)
    total = fixed / (1 - sum(share or 0.0 for rows, share in others if rows))
    found = list(own)
    for rows, share in others:
        carried = sum(row.weight for row in rows)
        scale = share * total / carried if share is not None and carried else 1.0
        found += [_times(row, scale) for row in rows]
    return found


def _times(row: Row, scale: float) -> Row:
    return replace(row, worth=row.worth * scale, weights=tuple(weight * scale for weight in row.weights))


def measured(others: Sequence[Other], system: PromptedSystem) -> list[str]:
    """How well each other task is answered, a sentence each.

    Args:
        others: the other tasks.
        system: with the trained weights; its task and prompt are replaced.
    """
    found: list[str] = []
    for other in others:
        rows = in_even_order(other.validation, other.settings.measured, seed=system.resources.seed)
        if not rows:
            continue
        asked = other.prompt_settings(system.resources.recipe_folder)
        its_own = replace(
            system,
            task=other.task,
            prompt=prompt_for(other.task, asked, trained=True),
            settings=asked,
            pool=(),
            calibration=Calibration.identity(len(other.task.labels)),
            grounding=None,
        )
        found.append(in_words(other, its_own, rows))
    return found


def in_words(other: Other, system: System, rows: Sequence[Example]) -> str:
    """How well another task is answered, in a sentence."""
    value = worth(attempt(system, rows, other.task), rows, other.task, calibrated=False).value
    told = "On %(rows)s validation rows of %(name)s %(metric)s is %(value)s."
    return Said(told, rows=str(len(rows)), name=other.name, metric=metric_of(other.task), value=f"{value:.3f}")


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)
