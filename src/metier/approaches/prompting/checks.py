"""What is wrong in a ``prompt`` section, found before any work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from metier.core import Problem, Task
from metier.core.names import listed, suggestion
from metier.core.tasks import form_of
from metier.prompts import SELECTORS, PromptSettings, plain_label_words


def check_prompt(prompt: PromptSettings, task: Task | None) -> list[Problem]:
    """Problems with paths that start at ``prompt``.

    Args:
        prompt: the section.
        task: what is to be learnt. None: the data has not been read yet.
    """
    problems: list[Problem] = []
    if prompt.choose not in SELECTORS.names():
        problems.append(
            Problem(
                where="recipe",
                path="prompt.choose",
                expected="one of " + ", ".join(SELECTORS.names()),
                got=repr(prompt.choose),
                remedy=suggestion(prompt.choose, SELECTORS.names()),
            )
        )
    problems += _answer_problems(prompt, task)
    if not task:
        return problems
    if form_of(task.kind).chooses:
        return problems + _wording_problems(prompt.label_words, task.labels)
    return problems + _idle_problems(prompt, task)


def _idle_problems(prompt: PromptSettings, task: Task) -> list[Problem]:
    """Settings that only tasks answered with one label have a use for."""
    idle = {"label_words": {}, "calibrate": "auto"} | ({} if task.labels else {"list_labels": None})
    expected = f"settings of a task that is answered with {form_of(task.kind).title}"
    return [
        Problem(where="recipe", path=f"prompt.{name}", expected=expected, got=name, remedy="leave it out")
        for name, default in idle.items()
        if getattr(prompt, name) != default
    ]


def _answer_problems(prompt: PromptSettings, task: Task | None) -> list[Problem]:
    """A form of answers that cannot be read, or that the task makes needless."""
    if prompt.answer is None:
        return []
    path = "prompt.answer"
    if task and not form_of(task.kind).free_text:
        expected, got = f"no form of answers: the task has its own ({form_of(task.kind).title})", "one"
        return [Problem(where="recipe", path=path, expected=expected, got=got, remedy="leave prompt.answer out")]
    try:
        trouble = prompt.answer.grammar().trouble()
    except ValueError as error:
        trouble = str(error)
    if not trouble:
        return []
    expected = "a form that llguidance can hold a model to"
    return [Problem(where="recipe", path=path, expected=expected, got=trouble, remedy="simplify or correct it")]


def _wording_problems(words: Mapping[str, str], labels: Sequence[str]) -> list[Problem]:
    """Wordings of labels that do not exist, that are empty, or that two labels would share."""
    problems: list[Problem] = []

    def add(expected: str, got: str, remedy: str) -> None:
        path = "prompt.label_words"
        problems.append(Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy))

    if unknown := [label for label in words if label not in labels]:
        add("labels of the data", listed(unknown), suggestion(unknown[0], labels))
    if empty := [label for label in words if not words[label].strip()]:
        add("a wording that is not empty", f"an empty one for {listed(empty)}", "write a word, or leave the label out")
    by_wording: defaultdict[str, list[str]] = defaultdict(list)
    for label, word in (plain_label_words(labels) | {k: v for k, v in words.items() if k in labels}).items():
        by_wording[word.strip()].append(label)
    for word, same in by_wording.items():
        if word and len(same) > 1:
            add("a wording of its own for each label", f"{word!r} for {listed(same)}", "change one of them")
    return problems
