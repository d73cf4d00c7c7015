"""What a template is: how a row of a table is asked and answered, in which words, and how answers are measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from metier.core import TaskKind
from metier.data.templating.sandbox import Renderer

INPUT = "{input}"
BETWEEN = "|||"
"""Stands between question and answer, and between answers to choose from, in promptsource's templates."""
VariableRole = Literal["input", "target", "more"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A value that a template needs of each row.

    Attributes:
        name: what the template calls it.
        role: ``input`` (the main text: where ``data.input`` points), ``target`` (the answer: ``data.target``), or
            ``more``.
        names: other names under which a column is taken for it.
        optional: whether a table may lack it; it is then empty.
    """

    name: str
    role: VariableRole = "more"
    names: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One way to make a task of a row.

    The task says what is asked about and what the answer is (``input``, ``target``); the wording around it
    (``instruction``, ``question``, ``labels``) may differ from approach to approach.

    Attributes:
        name: ``TASK.WORDING``.
        title: the task in a few words.
        kind: kind of task.
        variables: what it needs of a row.
        input: makes the text that is answered; where ``target`` is None, both, with ``|||`` between them.
        target: makes the right answer.
        answer_choices: the answers to choose from, in the task's order; empty: whatever stands in the data.
        choices: makes them of each row, with ``|||`` between them, where they differ from row to row; else None.
        instruction: what to do, a sentence or two; may be empty.
        question: how the text is put, with ``{input}`` once.
        labels: the sentence that lists the choices, with ``{labels}`` once; empty: the usual one.
        separator: between two choices.
        metrics: names of metrics, the first one leads.
        languages: of the wording, such as ``en``.
    """

    name: str
    title: str = ""
    kind: TaskKind = "generate"
    variables: tuple[Variable, ...]
    input: Renderer
    target: Renderer | None
    answer_choices: tuple[str, ...] = ()
    choices: Renderer | None = None
    instruction: str = ""
    question: str = INPUT
    labels: str = ""
    separator: str = ", "
    metrics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    siblings: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Answer choices of the task's other wordings, by name: the same answers in other words, in the same order."""

    def fill(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """Input and target of a row; both empty where the template has nothing to say to it.

        Args:
            values: by the names of the variables.

        Raises:
            RefusedTemplateError: a value is missing, or is not one that the template knows an answer for.
        """
        known = self._known(values)
        asked = self.input.render(known)
        if self.target is not None:
            return asked.strip(), self.target.render(known).strip()
        before, _, after = asked.partition(BETWEEN)
        return before.strip(), after.strip()

    def ask(self, values: Mapping[str, Any]) -> str:
        """The input alone, for a row without an answer.

        Raises:
            RefusedTemplateError: a value is missing; or question and answer cannot be told apart without the answer.
        """
        asked = self.input.render(self._known(values))
        return (asked if self.target is not None else asked.partition(BETWEEN)[0]).strip()

    def _known(self, values: Mapping[str, Any]) -> dict[str, Any]:
        choices = list(self.answer_choices)
        if self.choices is not None:
            choices = [choice.strip() for choice in self.choices.render(values).split(BETWEEN)]
        return {**values, "answer_choices": choices}

    @property
    def wording(self) -> bool:
        """Whether it says anything around the text; promptsource's templates have it all in the text."""
        return bool(self.instruction) or self.question != INPUT

    def words_for(self, labels: Sequence[str]) -> dict[str, str] | None:
        """How the labels of a data set are worded: by the place of each in some wording of the task.

        None where the labels are not this task's; empty where the template has no choices of its own.
        """
        if not self.answer_choices:
            return {}
        for known in (self.answer_choices, *self.siblings.values()):
            if set(labels) <= set(known) and len(known) == len(self.answer_choices):
                place = {word: i for i, word in enumerate(known)}
                return {label: self.answer_choices[place[label]] for label in labels}
        return None
