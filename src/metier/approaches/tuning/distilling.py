"""A teacher's part in a training: its answers in place of targets, or its distribution behind each token of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from metier.approaches.grounding.context import with_note
from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.prompting.wording import listing, prompt_for, worded
from metier.approaches.resources import Resources
from metier.approaches.system import TokenCount
from metier.core import Example, IntegrityError, ModelError, Prediction, Problem, Task, Teaching, say
from metier.core.artifacts import hash_value, plain, read_json, write_json
from metier.core.said import Said
from metier.models import (
    CausalModel,
    HostedModel,
    HostedSettings,
    ModelSource,
    check_hosted,
    is_hosted,
    load_module,
    locate,
)
from metier.models.loading import load_tokenizer
from metier.prompts import NO_LABEL, Calibration, PromptSettings
from metier.retrieval import RetrievalSettings
from metier.training import OBJECTIVES, DistillSettings, Frozen, Lesson, Plan, Row, choose_layout

_AT_ONCE = 32
"""Rows that a teacher answers before its answers are kept: what a kill costs at most."""
_PATH = "weights.distill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """Training examples with a teacher's answers as their targets.

    Attributes:
        examples: those that it answered.
        left_out: the others, and why.
        notes: what the record should say, in sentences.
        teaching: what the answers took; None: nobody was asked.
    """

    examples: Sequence[Example]
    left_out: list[TokenCount]
    notes: tuple[str, ...] = ()
    teaching: Teaching | None = None


def check(settings: DistillSettings | None, source: ModelSource, resources: Resources) -> list[Problem]:
    """What is wrong with a teacher, found without asking or loading it."""
    if settings is None:
        return []
    if is_hosted(settings.teacher):
        problems = check_hosted(settings.teacher, settings.hosted, os.environ)
        problems = [replace(problem, path=f"{_PATH}.{problem.path}") for problem in problems]
        return problems if settings.by == "answers" else [*problems, _problem("by", *_NO_LOGITS)]
    try:
        teacher = resources.source(settings.teacher)
    except ModelError as error:
        return [replace(problem, path=f"{_PATH}.teacher") for problem in error.problems]
    if teacher.profile.family != "causal":
        got = f"{settings.teacher!r}, which is of the family {teacher.profile.family}"
        return [_problem("teacher", "a causal model", got, "name a model that writes answers")]
    if settings.by == "answers":
        return []
    if source.profile.family != "causal":
        got = f"logits beside {source.name!r}, which writes no tokens"
        return [_problem("by", "answers, for a model that classifies", got, "set by: answers")]
    if _vocabulary(teacher) != _vocabulary(source):
        got = f"{settings.teacher!r}, whose tokens are not those of {source.name!r}"
        return [_problem("teacher", "a model with the same tokenizer", got, "set by: answers, or another teacher")]
    return []


_NO_LOGITS = ("answers", "logits of a hosted model, which sends texts", "set by: answers")


def inputs(settings: DistillSettings | None, folder: Path) -> list[str]:
    """What the teacher is, for the key of the approach: another price or timeout of a hosted one changes no answer."""
    if settings is None:
        return []
    if is_hosted(settings.teacher):
        return [hash_value([settings.teacher, settings.hosted and settings.hosted.asked()])]
    return [locate(settings.teacher, folder=folder).fingerprint]


def teacher_facts(settings: DistillSettings | None, folder: Path) -> dict[str, Any]:
    """What weights depend on through a teacher, beside the rows, by the name of the setting."""
    if settings is None:
        return {}
    return {"distill": settings.model_dump(exclude={"hosted"}), "distill.teacher": inputs(settings, folder)}


def taught(
    examples: Sequence[Example],
    settings: DistillSettings | None,
    asked: PromptSettings,
    task: Task,
    resources: Resources,
    cache: Path,
    *,
    retrieval: RetrievalSettings | None = None,
) -> Taught:
    """``examples`` with the teacher's answers; as they are where there is no teacher, or it teaches by logits.

    Args:
        examples: of the training split; nothing else is shown to the teacher.
        settings: the recipe's.
        asked: how the teacher is asked: as the approach's own model would be, untrained.
        task: what is asked.
        resources: models, device, reporter.
        cache: folder that keeps answers while the training is unfinished.
        retrieval: says how the examples' passages are shown; None: they have none.
    """
    if settings is None or settings.by != "answers" or not examples:
        return Taught(examples=examples, left_out=[])
    teacher = asked_model(settings.teacher, settings.hosted, asked, task, resources, pool=examples, retrieval=retrieval)
    answers = _answers(examples, teacher, inputs(settings, resources.recipe_folder), cache)
    found: list[Example] = []
    left_out: list[TokenCount] = []
    for example, answer in zip(examples, answers, strict=True):
        if why := _unusable(answer):
            left_out.append(TokenCount(example.id, 0, 0, why))
        else:
            found.append(replace(example, target=answer.text))
    same = sum(one.text == example.target for one, example in zip(answers, examples, strict=True))
    teaching = Teaching(
        teacher=settings.teacher,
        rows=len(examples),
        used=len(found),
        tokens_in=sum(one.tokens_in for one in answers),
        tokens_out=sum(one.tokens_out for one in answers),
    )
    note = Said(
        "%(model)s answered %(rows)s training rows (%(tokens)s tokens); %(n)s answers are learnt from, and %(same)s of "
        "all are the data's own.",
        model=settings.teacher,
        rows=str(len(examples)),
        tokens=f"{teaching.tokens_in + teaching.tokens_out:,}",
        n=str(len(found)),
        same=f"{100 * same / len(examples):.1f} %",
    )
    host = str(urlsplit(settings.hosted.address).hostname) if settings.hosted else ""
    sent = [Said("Every training row was sent to %(host)s.", host=host)] if host else []
    return Taught(examples=found, left_out=left_out, notes=(note, *sent), teaching=teaching)


def lesson(settings: DistillSettings, plan: Plan, row: Row, resources: Resources) -> Lesson:
    """The teacher of a training by logits, loaded and ready."""
    module = load_module(resources.source(settings.teacher), resources.compute)
    choice = choose_layout(module, OBJECTIVES.get("completion"), row, wanted=plan.layout)
    say(resources.reporter, f"  teacher {settings.teacher}: {choice.why}")
    return Lesson(
        Frozen(module, choice.layout),
        hard=1 - settings.share,
        soft=settings.share,
        temperature=settings.temperature,
    )


def _answers(
    examples: Sequence[Example], teacher: PromptedSystem | HostedSystem, who: list[str], cache: Path
) -> list[Prediction]:
    """The teacher's answers, those kept from before a kill or by another trial of a sweep among them."""
    seed = teacher.resources.seed
    key = hash_value([plain(examples), who, plain(teacher.settings), plain(teacher.prompt), seed])
    file = cache / f"taught-{key[:12]}.json"
    done = _kept(file, key)
    for start in range(len(done), len(examples), _AT_ONCE):
        done += teacher.predict(examples[start : start + _AT_ONCE])
        write_json(file, {"key": key, "answers": done})
    return done


def _kept(file: Path, key: str) -> list[Prediction]:
    try:
        kept = read_json(file)
        return [_prediction(one) for one in kept["answers"]] if kept["key"] == key else []
    except (OSError, IntegrityError, KeyError, TypeError):
        return []


def _prediction(stored: dict[str, Any]) -> Prediction:
    names = ("id", "text", "tokens_in", "tokens_out", "unfinished", "unparseable")
    return Prediction(**{name: stored[name] for name in names})


def asked_model(
    name: str,
    hosted: HostedSettings | None,
    asked: PromptSettings,
    task: Task,
    resources: Resources,
    *,
    pool: Sequence[Example] = (),
    retrieval: RetrievalSettings | None = None,
) -> PromptedSystem | HostedSystem:
    """A model that answers the task as it is.

    Args:
        name: of the model.
        hosted: where it lives, if it is hosted.
        asked: how it is asked; a hosted one is told the labels.
        task: what it answers.
        resources: models, device, reporter.
        pool: rows that it may be shown, where ``asked`` wants demonstrations.
        retrieval: says how the examples' passages are shown; None: they have none.
    """
    wanted = listing(asked) if is_hosted(name) else asked
    settings = worded(wanted, task, trained=False, folder=resources.recipe_folder)
    about: dict[str, Any] = {
        "task": task,
        "prompt": with_note(prompt_for(task, settings, trained=False), retrieval, task),
        "settings": settings,
        "pool": tuple(pool) if settings.demonstrations else (),
        "calibration": Calibration.identity(len(task.labels)),
        "resources": resources,
    }
    if is_hosted(name):
        assert hosted is not None, "checked before"
        return HostedSystem(model=HostedModel(name, hosted), **about)
    return PromptedSystem(model=CausalModel(resources.source(name), resources.compute), **about)


def _unusable(answer: Prediction) -> str:
    """Why an answer is not learnt from; empty where it is."""
    if answer.unfinished:
        return "the teacher's answer was stopped by prompt.max_new_tokens"
    if answer.text == NO_LABEL:
        return "the teacher's answer names no label"
    if answer.unparseable:
        return "the teacher's answer has not the form that is asked for"
    return "" if answer.text.strip() else "the teacher's answer is empty"


def _vocabulary(source: ModelSource) -> dict[str, int]:
    return load_tokenizer(source).get_vocab()


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=f"{_PATH}.{path}", expected=expected, got=got, remedy=remedy)
