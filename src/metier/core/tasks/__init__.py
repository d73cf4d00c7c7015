"""Kinds of task, one file each: what a target is, how a model writes it and is read, what it is measured by.

Everything that differs between kinds of task and is no model's business stands in a :class:`TaskForm`. Rooms ask it
instead of the kind's name, so a kind is one file here and, where encoders can learn it, one head in
``approaches/heads/``.

A target is always a text. Of kinds that are not answered with a label or free text it is JSON in one spelling
(``canonical``), so that equal targets are equal texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from metier.core.registry import Registry
from metier.core.types import TaskKind


class Reading(NamedTuple):
    """What a model wrote, understood.

    Attributes:
        target: as targets of the task are; whatever could be read of the answer.
        whole: False where something of the answer could not be read, or is not of the form that was asked for.
    """

    target: str
    whole: bool


def _same(target: str) -> str:
    return target


def _themselves(targets: Sequence[str]) -> list[str]:
    return list(targets)


def _text(written: str, asked: str, labels: Sequence[str]) -> Reading:
    return Reading(written, True)


def _no_labels(target: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskForm:
    """A kind of task. The file ``NAME.py`` has an object ``form``.

    Attributes:
        title: what it answers, in words ("one label").
        noun: what a target is called ("label").
        instruction: what is asked where nobody says it; ``{labels}`` stands for the labels.
        metrics: names of the metrics taken where none are named, the primary one first.
        floors: approaches that stand in every table without being asked for.
        chooses: True: the answer is exactly one of the labels, whose likelihoods can therefore be compared.
        free_text: True: any text is an answer.
        answered: False: rows have no answers, they are texts to learn from.
        has_labels: True: answers are made of a set of labels, which the data gives.
        numeric: True: the answer is a number.
        placed: True: the answer says where in the input something stands, so that another input has another answer.
        item_metric: the metric that single answers are judged by, 0 to 1; empty: the first of ``metrics``.
        stratified: True: splits keep the shares of equal targets, unless the recipe says otherwise.
        strata: targets to what stands for each of them there; equal texts for what counts as equal.
        labels_of: the labels in a target.
        told: what a model that writes is told of the form of its answer.
        written: a target as a model writes it.
        read: ``(answer, input, labels)`` to what the answer means.
        lark: ``(labels, input)`` to a grammar of all answers, in llguidance's Lark; None: answers are free.
        schema: labels to a JSON schema of all answers, for services that take one; None: there is none.
        shown: a target as people read it.
        value: a target as programs take it.
    """

    title: str
    noun: str
    instruction: str
    metrics: tuple[str, ...]
    floors: tuple[str, ...]
    chooses: bool = False
    free_text: bool = False
    answered: bool = True
    has_labels: bool = False
    numeric: bool = False
    placed: bool = False
    item_metric: str = ""
    stratified: bool = False
    strata: Callable[[Sequence[str]], list[str]] = _themselves
    labels_of: Callable[[str], tuple[str, ...]] = _no_labels
    told: str = ""
    written: Callable[[str], str] = _same
    read: Callable[[str, str, Sequence[str]], Reading] = _text
    lark: Callable[[Sequence[str], str], str] | None = None
    schema: Callable[[Sequence[str]], dict[str, Any]] | None = None
    shown: Callable[[str], str] = _same
    value: Callable[[str], Any] = _same

    @property
    def judged_by(self) -> str:
        """Name of the metric that single answers are judged by."""
        return self.item_metric or self.metrics[0]

    @property
    def structured(self) -> bool:
        """The answer is neither one label nor free text: a model that writes must keep to a form."""
        return not (self.chooses or self.free_text)


FORMS: Registry[TaskForm] = Registry("metier.core.tasks", kind="kind of task", attribute="form")
"""All kinds of task, by file name."""


def form_of(kind: TaskKind) -> TaskForm:
    """What a kind of task is.

    >>> form_of("classify").metrics
    ('macro_f1', 'accuracy')
    """
    return FORMS.get(kind)
