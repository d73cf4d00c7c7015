"""The prompt of an approach from its ``prompt`` section: the same for asking, for training and for showing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from metier.core import Problem, Task, UserError
from metier.core.names import listed
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.templating import Template, find_template
from metier.prompts import PLAIN, Prompt, PromptSettings, compose, plain_label_words
from metier.prompts.composing import lists_labels
from metier.prompts.prompt import INPUT
from metier.training.settings import WeightsSettings


def prompt_in_words(asked: PromptSettings) -> Said:
    """Where the words of a prompt come from, in a record's summary."""
    return Said("a prompt found by search") if asked.search else Said("the recipe's prompt")


def demonstrations_in_words(asked: PromptSettings) -> Said:
    """How many demonstrations a prompt shows, in a record's summary."""
    if not asked.demonstrations:
        return Said("no demonstrations")
    return Said("%(n)s demonstrations (%(how)s)", n=str(asked.demonstrations), how=asked.choose)


def learns_answers(weights: WeightsSettings | None) -> bool:
    """Whether training shows right answers, so that the prompt need not name the labels."""
    return weights is not None and weights.reinforce is None


def prompt_for(task: Task, asked: PromptSettings, *, trained: bool) -> Prompt:
    """How a model is asked.

    Args:
        task: what is asked.
        asked: the approach's ``prompt``, as :func:`worded` left it.
        trained: whether weights are trained to answer this prompt (:func:`learns_answers`).
    """
    return compose(
        task,
        instruction=asked.instruction,
        list_labels=asked.list_labels,
        label_words=asked.label_words,
        trained=trained,
        question=asked.question,
        thinks=asked.reason is not None,
    )


def worded(asked: PromptSettings, task: Task, *, trained: bool, folder: Path) -> PromptSettings:
    """The ``prompt`` section with the words of its template, or of the one that made the rows, written into it.

    What the section itself says stands. After this nothing needs the template any more.

    Args:
        asked: the approach's ``prompt``.
        task: what is asked.
        trained: whether weights are trained to answer this prompt (:func:`learns_answers`).
        folder: the recipe's, for templates in files of the user's own.
    """
    name = asked.template or task.template
    if not name:
        return asked
    template = find_template(name, folder=folder)
    instruction = asked.instruction
    if instruction is None:
        instruction = template.instruction if asked.template else task.instruction
    words, listed_here = dict(asked.label_words), asked.list_labels
    if form_of(task.kind).chooses:
        words = {**(template.words_for(task.labels) or {}), **words}
        if lists_labels(listed_here, task, trained=trained):
            sentence = template.labels or PLAIN.labels
            instruction = f"{instruction}\n{sentence.replace('{labels}', _names(template, task, words))}".strip()
        listed_here = False
    question = template.question if asked.question == INPUT else asked.question
    update = {"instruction": instruction, "question": question, "label_words": words, "list_labels": listed_here}
    return asked.model_copy(update=update)


def _names(template: Template, task: Task, words: Mapping[str, str]) -> str:
    """The labels as they are worded, in the template's order where it has one."""
    shown = {**plain_label_words(task.labels), **words}
    order = {word: place for place, word in enumerate(template.answer_choices)}
    return template.separator.join(
        sorted((shown[label] for label in task.labels), key=lambda word: order.get(word, -1))
    )


def listing(asked: PromptSettings) -> PromptSettings:
    """The section for a hosted model: labels are listed unless it says otherwise, how else would it know them."""
    return asked.model_copy(update={"list_labels": True}) if asked.list_labels is None else asked


def check_template(settings: PromptSettings, task: Task | None, *, folder: Path) -> list[Problem]:
    """A template that is not there, that says nothing around a text, or whose answers are others than the labels."""
    if settings.template is None:
        return []
    path = "prompt.template"
    try:
        template = find_template(settings.template, folder=folder)
    except UserError as error:
        first = error.problems[0]
        return [Problem(where="recipe", path=path, expected=first.expected, got=first.got, remedy=first.remedy)]
    if not template.wording:
        expected, got = "a template with an instruction or a question of its own", f"{template.name!r}, which has none"
        remedy = "name it as data.template, which makes rows"
        return [Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)]
    if task is None:
        return []
    if form_of(task.kind).chooses != (template.kind == "classify"):
        expected = f"a template that asks for {form_of(task.kind).title}"
        got, remedy = f"{template.name!r}, which asks for {form_of(template.kind).title}", "choose another wording"
        return [Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)]
    if form_of(task.kind).chooses and template.words_for(task.labels) is None:
        return [_other_labels(template, task.labels)]
    return []


def _other_labels(template: Template, labels: Sequence[str]) -> Problem:
    return Problem(
        where="recipe",
        path="prompt.template",
        expected=f"the labels {listed(template.answer_choices)}, which {template.name!r} asks for",
        got=f"the labels {listed(labels, limit=5)}",
        remedy="make the rows with a template of the same task (data.template), or choose another wording",
    )
