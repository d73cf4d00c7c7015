"""Training rows out of the user's own templates: ``"A table for {people} at {time}"``, its slots filled.

What fills a slot is a list of the recipe's, else what training rows mark with the label of its name (extraction), else
what they have in the column of its name. Of extraction, a slot named like a label becomes a piece of that label, so
that a made text comes with the right places; other answers stand in the template, and may have its slots in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from random import Random
from typing import NamedTuple

from metier.core import Example, Problem, Task, derive
from metier.core.names import listed, suggestion
from metier.core.tasks import form_of
from metier.core.tasks.extract import Span, spans_in, target_of
from metier.core.tasks.multilabel import target_of as set_of
from metier.core.tasks.regress import number_of
from metier.data.augmenting.made import Draft, Writer
from metier.data.augmenting.settings import FilledTemplate, FillSettings
from metier.data.values import text_of

_SLOT = re.compile(r"\{([^{}\n]{1,60})\}")


class _Value(NamedTuple):
    """What fills a slot, and the row that it was taken from; None: from the recipe."""

    text: str
    row: Example | None = None


def slots_of(template: FilledTemplate) -> list[str]:
    """Names of the slots of a template's input, in their order."""
    return _SLOT.findall(template.input)


def filler(settings: FillSettings, rows: Sequence[Example], task: Task, *, seed: int) -> Writer:
    """Fills the templates in turn, values drawn by the seed; asks no model.

    A row's values come from rows that the same people may read.

    Args:
        settings: templates and lists.
        rows: training rows, whose marked pieces and columns fill the other slots.
        task: its labels say which slots are pieces.
        seed: the run's seed.
    """
    names = {name for template in settings.templates for name in slots_of(template)}
    values = {name: _values(name, settings, rows, task) for name in sorted(names)}
    numbers = count()

    def draft(number: int) -> Draft:
        template = settings.templates[number % len(settings.templates)]
        return _draft(template, values, task, Random(derive(seed, "fill", number)))

    return lambda sources: [draft(next(numbers)) for _ in sources]


def unfilled(settings: FillSettings, rows: Sequence[Example], task: Task) -> list[str]:
    """Slots that nothing fills."""
    names = sorted({name for template in settings.templates for name in slots_of(template)})
    return [name for name in names if not _values(name, settings, rows, task)]


def check_fill(settings: FillSettings, task: Task) -> list[Problem]:
    """Templates whose answers the task does not have, and slots of an answer that the input lacks."""
    problems: list[Problem] = []
    for number, template in enumerate(settings.templates):
        path = f"augment.fill.templates.{number}"
        if wrong := _wrong_target(template, task):
            problems.append(_problem(f"{path}.target", *wrong))
        missing = sorted(set(_SLOT.findall(_target_text(template))) - set(slots_of(template)))
        if form_of(task.kind).free_text and missing:
            expected, remedy = "slots of the template's input", suggestion(missing[0], slots_of(template))
            problems.append(_problem(f"{path}.target", expected, f"{{{missing[0]}}}", remedy))
    return problems


def _wrong_target(template: FilledTemplate, task: Task) -> tuple[str, str, str] | None:
    form, target = form_of(task.kind), template.target
    if form.placed:
        told = "none: its pieces are the slots that are named like labels"
        if target is not None:
            return told, repr(target), "leave it out"
        if not set(slots_of(template)) & set(task.labels):
            return "a slot named like a label", listed(slots_of(template)) or "none", f"labels: {listed(task.labels)}"
        return None
    if target is None:
        return f"the {form.noun} of its rows", "none", "add target"
    if form.numeric:
        fine = number_of(_target_text(template)) is not None
        return None if fine else ("a number", repr(target), "write it with a point before decimals")
    if not form.has_labels:
        return None if isinstance(target, str) else ("a text", repr(target), "write one text")
    told = list(target) if isinstance(target, tuple) else [target]
    if form.chooses and len(told) != 1:
        return "one label", repr(target), "name one"
    unknown = [label for label in told if label not in task.labels]
    return ("labels of the task", repr(unknown[0]), suggestion(unknown[0], task.labels)) if unknown else None


def _target_text(template: FilledTemplate) -> str:
    return template.target if isinstance(template.target, str) else ""


def _values(name: str, settings: FillSettings, rows: Sequence[Example], task: Task) -> list[_Value]:
    """What may fill a slot, each text once."""
    if name in settings.slots:
        return [_Value(text) for text in settings.slots[name]]
    found: dict[tuple[str, tuple[str, ...] | None], _Value] = {}
    for row in rows:
        for text in _of_row(name, row, task):
            found.setdefault((text, row.readers), _Value(text, row))
    return list(found.values())


def _of_row(name: str, row: Example, task: Task) -> list[str]:
    if form_of(task.kind).placed and name in task.labels:
        spans = [span for span in spans_in(row.target or "[]") if span.label == name]
        return [row.input[span.start : span.end] for span in spans]
    text = text_of(row.fields.get(name)).strip()
    return [text] if text else []


def _draft(template: FilledTemplate, values: dict[str, list[_Value]], task: Task, random: Random) -> Draft:
    """A template with its slots filled; of a slot that stands twice, with the same value."""
    chosen: dict[str, _Value] = {}
    for name in dict.fromkeys(slots_of(template)):
        taken = [value.row for value in chosen.values() if value.row is not None]
        allowed = [
            value for value in values[name] if value.row is None or not taken or value.row.readers == taken[0].readers
        ]
        if not allowed:
            return Draft("", why="without a value that the same people may read")
        chosen[name] = random.choice(allowed)
    text, spans = _put(template.input, chosen, task.labels)
    sources = tuple(dict.fromkeys(value.row.id for value in chosen.values() if value.row is not None))
    return Draft(text, _target(template, task, text, spans, chosen), sources)


def _put(template: str, chosen: dict[str, _Value], labels: Sequence[str]) -> tuple[str, list[Span]]:
    text, spans, end = "", list[Span](), 0
    for found in _SLOT.finditer(template):
        text += template[end : found.start()]
        start, end = len(text), found.end()
        text += chosen[found[1]].text
        if found[1] in labels:
            spans.append(Span(start, len(text), found[1]))
    return text + template[end:], spans


def _target(template: FilledTemplate, task: Task, text: str, spans: list[Span], chosen: dict[str, _Value]) -> str:
    form, target = form_of(task.kind), template.target
    if form.placed:
        return target_of(text, spans)
    if isinstance(target, tuple) or (form.has_labels and not form.chooses):
        return set_of(target if isinstance(target, tuple) else [target or ""])
    return _put(target or "", chosen, ())[0] if form.free_text else target or ""


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)
