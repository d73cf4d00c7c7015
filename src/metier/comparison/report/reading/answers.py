"""``predictions.parquet`` and ``test.parquet``: the questions of the sealed test set and what was answered."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.values import mapping, mappings, number, text, whole
from metier.core import Example, Message, UnknownNameError
from metier.core.tasks import FORMS, TaskForm
from metier.evaluation import METRICS, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an approach said to one example.

    Attributes:
        id: the example's id.
        given: the answer.
        target: the right answer.
        confidence: the probability that the approach gave to its answer; None where it gives none.
        score: the item's own value of the metric, 0 to 1; for labels 1 where it is right.
        contexts: the passages that it was given, most relevant first.
    """

    id: str
    given: str
    target: str
    confidence: float | None
    score: float
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strain:
    """Where the length of texts got in an approach's way on the test set.

    Attributes:
        cut: examples of which not everything fitted the model's window.
        unfinished: answers that were stopped by the length limit.
        unparseable: answers that are not of the form that was asked for.
        less_shown: examples for which passages or demonstrations had to be left out of the prompt.
    """

    cut: int
    unfinished: int
    unparseable: int
    less_shown: int


def read_examples(folder: RunFolder, form: TaskForm) -> dict[str, Example]:
    """The test set by id, targets as people read them."""
    found: dict[str, Example] = {}
    for row in folder.rows("data/test.parquet", ("id", "input", "target", "group", "history", "fields")):
        name = text(row.get("id"))
        turns = mappings(_json(row.get("history")))
        history = tuple(_message(turn) for turn in turns)
        found[name] = Example(
            id=name,
            input=text(row.get("input")),
            target=form.shown(text(row.get("target"))),
            history=history,
            group=text(row.get("group")) or None,
            fields=mapping(_json(row.get("fields"))),
        )
    return found


def task_form(kind: str) -> TaskForm:
    """What a kind of task is; one that this version does not know is taken for texts."""
    return FORMS.get(kind if kind in FORMS.names() else "generate")


def item_metric(kind: str, primary: str) -> Metric:
    """What single answers are scored by: whether a label is right, how near a number is, else the primary metric.

    Where that is not known, or gives a single answer no share of a full score, it is the first default of the task.
    """
    form = task_form(kind)
    if form.item_metric:
        return METRICS.get(form.item_metric)
    with suppress(UnknownNameError):
        found = METRICS.get(primary)
        if found.weighted is None and found.better == "higher" and found.range == (0.0, 1.0):
            return found
    return METRICS.get(form.judged_by)


def lower_is_better(name: str, noted: bool | None = None) -> bool:
    """Whether low values of a metric are the good ones: as ``noted``, else as the catalogue has it, else not."""
    if noted is not None:
        return noted
    with suppress(UnknownNameError):
        return METRICS.get(name).better == "lower"
    return False


def read_answers(folder: RunFolder, name: str, metric: Metric, form: TaskForm) -> tuple[Answer, ...]:
    """All answers of an approach, in the order of the file, as people read them."""
    place = folder.approach(name)
    if place is None:
        return ()
    rows = folder.rows(f"{place}/predictions.parquet", ("id", "prediction", "target", "scores", "contexts"))
    given, targets = ([text(row.get(column)) for row in rows] for column in ("prediction", "target"))
    # A metric's statistics of one item alone give that item's value.
    scores = metric.value(metric.statistics(targets, given, ())).tolist() if rows else []
    return tuple(_answer(row, score, form) for row, score in zip(rows, scores, strict=True))


def read_strain(folder: RunFolder, name: str) -> Strain | None:
    """How many examples of the test set an approach had to cut short; None where there are no predictions."""
    place = folder.approach(name)
    rows = folder.rows(f"{place}/predictions.parquet", ("cut", "unfinished", "unparseable", "dropped")) if place else []
    if not rows:
        return None
    return Strain(
        cut=sum(whole(row.get("cut")) > 0 for row in rows),
        unfinished=sum(bool(row.get("unfinished")) for row in rows),
        unparseable=sum(bool(row.get("unparseable")) for row in rows),
        less_shown=sum(whole(row.get("dropped")) > 0 for row in rows),
    )


def _answer(row: dict[str, Any], score: float, form: TaskForm) -> Answer:
    given = text(row.get("prediction"))
    scores = mapping(_json(row.get("scores")))
    return Answer(
        id=text(row.get("id")),
        given=form.shown(given),
        target=form.shown(text(row.get("target"))),
        confidence=number(scores.get(given)),
        score=score,
        contexts=_passages(row.get("contexts")),
    )


def _passages(value: Any) -> tuple[str, ...]:
    """Passages as texts, or as objects that hold their text."""
    if not isinstance(value, list | tuple):
        return ()
    items = cast(list[Any], value)
    return tuple(text(mapping(item).get("text")) if isinstance(item, dict) else text(item) for item in items)


def _message(turn: dict[str, Any]) -> Message:
    role = text(turn.get("role"))
    known = role if role in ("system", "assistant", "tool") else "user"
    return Message(role=known, content=text(turn.get("content")))


def _json(value: Any) -> Any:
    """JSON text as a value; what is already a value stays, what is no JSON is nothing."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None
