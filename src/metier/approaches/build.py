"""From an entry of the recipe to a System and back from its folder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.sweeping.space import check_sweep
from metier.approaches.sweeping.sweep import JOURNAL, TRIALS, Swept, counted, sweep
from metier.approaches.system import KINDS, Built, System
from metier.approaches.tuning.starting import check_start, tidy
from metier.approaches.tuning.together import check_together
from metier.core import ModelError, Problem, Task, TaskKind
from metier.core.artifacts import read_json, write_json
from metier.core.tasks import form_of
from metier.data import Dataset

FLOORS = (
    "majority", "mean", "median", "copy", "tfidf", "ridge", "nearest", "dictionary", "ngram", "unchanged",
)  # fmt: skip
"""Names that always mean the floor of that name."""
UNCHANGED = "unchanged"
"""The floor that is a model: the recipe's, as it is."""
_KIND_OF_FAMILY = {"causal": "prompted", "encoder": "classifier", "hosted": "hosted", "seq2seq": "prompted"}

_NOTHING_REWARDED = Problem(
    where="recipe",
    path="rewards",
    expected="rewards in an approach that learns from them",
    got="rewards without weights.reinforce",
    remedy="add weights: {reinforce: {}}, or leave rewards out",
)


def floors_for(task: Task) -> list[str]:
    """The floors that stand in every table without being asked for."""
    return list(form_of(task.kind).floors)


def kind_of(name: str, settings: ApproachSettings, resources: Resources, task: TaskKind | None = None) -> str:
    """Which kind of System an approach makes: a floor by its name, else by the task and its model's family.

    Raises:
        ModelError: its model cannot be found or is of no known family.
    """
    if name in FLOORS and name != UNCHANGED:
        return name
    family = resources.source(settings.model).profile.family
    return "continued" if task == "continue" and family != "hosted" else _KIND_OF_FAMILY[family]


def check(
    name: str, settings: ApproachSettings, task: Task | None, resources: Resources, *, kind: TaskKind | None = None
) -> list[Problem]:
    """What is wrong in an entry of the recipe, with paths that start at ``approaches.NAME``.

    Args:
        name: of the approach.
        settings: its settings.
        task: what is to be learnt. None: the data has not been read yet.
        resources: finds models.
        kind: of the task, as far as the recipe says it.
    """
    if name in FLOORS and settings != ApproachSettings():
        return [
            Problem(
                where="recipe",
                path=f"approaches.{name}",
                expected="{}: a floor has no settings",
                got="settings",
                remedy="choose another name for this approach",
            )
        ]
    try:
        task_kind = task.kind if task else kind
        of_kind = kind_of(name, settings, resources, task_kind)
        found = KINDS.get(of_kind).check(settings, task, resources)
        found += check_together(settings, resources, kind=of_kind, task=task_kind, read=task is None)
        if not any(problem.path.startswith("weights") for problem in found):
            found = [*found, *check_start(name, settings, resources)]
        if settings.sweep and not found:
            found = check_sweep(settings, lambda one: check(name, one, task, resources, kind=kind))
    except ModelError as error:
        found = [replace(problem, path="model") for problem in error.problems]
    if settings.rewards is not None and (settings.weights is None or settings.weights.reinforce is None):
        found.append(_NOTHING_REWARDED)
    return [replace(problem, path=f"approaches.{name}.{problem.path}") for problem in found]


def applies(name: str, settings: ApproachSettings, task: Task, resources: Resources) -> str:
    """Why an approach cannot work for this task, in a sentence; empty where it can."""
    return KINDS.get(kind_of(name, settings, resources, task.kind)).applies(task)


def build(name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path) -> Built:
    """Build an approach's System into ``folder``, ready for :func:`load`; what an earlier one left there goes."""
    _clear(folder, sweeps=settings.sweep is not None)
    swept = _swept(name, settings, dataset, resources, folder) if settings.sweep else None
    settings = swept.settings if swept else settings
    kind = kind_of(name, settings, resources, dataset.task.kind)
    built = KINDS.get(kind).build(name, settings, dataset, resources, folder)
    if built.record.curve is None:
        for training in ("weights", "checkpoints"):
            shutil.rmtree(folder / training, ignore_errors=True)
    if settings.retrieval is None:
        for retriever in ("embedder", "reranker"):
            shutil.rmtree(folder / retriever, ignore_errors=True)
    if swept:
        built = built._replace(record=counted(built.record, swept.sweep))
    tidy(folder)
    write_json(folder / "system.json", {"kind": kind})
    return built


def _swept(name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path) -> Swept:
    """Try other settings, each built in a folder of its own."""

    def build_trial(candidate: ApproachSettings, place: Path) -> System:
        kind = KINDS.get(kind_of(name, candidate, resources, dataset.task.kind))
        _clear(place, sweeps=False)
        kind.build(name, candidate, dataset, resources, place)
        return kind.load(place, dataset.task, resources)

    def check_trial(candidate: ApproachSettings) -> list[Problem]:
        return check(name, candidate, dataset.task, resources)

    return sweep(settings, dataset, resources, folder, build=build_trial, check=check_trial)


def _clear(folder: Path, *, sweeps: bool) -> None:
    """Remove all files of an earlier build but what has a key of its own and may be taken up again."""
    kept = {"weights", "checkpoints", "embedder", "reranker", "output.log"} | (
        {JOURNAL, TRIALS} if sweeps else set[str]()
    )
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name in kept:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def load(folder: Path, task: Task, resources: Resources) -> System:
    """The System that :func:`build` left in ``folder``."""
    return KINDS.get(read_json(folder / "system.json")["kind"]).load(folder, task, resources)
