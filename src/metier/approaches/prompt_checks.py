"""What is wrong in a ``prompt`` section, found before any work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from metier.core import Problem
from metier.core.names import listed, suggestion
from metier.prompts import SELECTORS, PromptSettings, plain_label_words


def check_prompt(prompt: PromptSettings, labels: Sequence[str]) -> list[Problem]:
    """Problems with paths that start at ``prompt``.

    Args:
        prompt: the section.
        labels: the task's; empty until the data has been read.
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
    problems += _answer_problems(prompt, labels)
    return problems + (_wording_problems(prompt.label_words, labels) if labels else [])


def _answer_problems(prompt: PromptSettings, labels: Sequence[str]) -> list[Problem]:
    """A form of answers that cannot be read, or that labels make needless."""
    if prompt.answer is None:
        return []
    path = "prompt.answer"
    if labels:
        expected, got = "no form of answers: a classifier answers with its labels", "one"
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
