"""Which labels an approach gets right and which it mixes up: ``analysis.json``, or counted from its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from metier.comparison.report.reading.answers import Answer
from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.values import mapping, mappings, number, numbers, text, texts
from metier.core import Example, Prediction, Task
from metier.evaluation import Bin, ClassScore, Confusion, Reliability, TypeScore, confusion, per_class


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """An approach's answers by label.

    Attributes:
        confusion: how often each label was answered for each.
        scores: how well each is recognised, in the order of the confusion's labels.
    """

    confusion: Confusion
    scores: tuple[ClassScore, ...]


def read_analysis(
    folder: RunFolder, name: str, *, answers: Sequence[Answer], labels: Sequence[str], confidence: float
) -> Analysis | None:
    """What was stored for the approach, else what its answers say; None where there is neither."""
    place = folder.approach(name)
    stored = folder.json(f"{place}/analysis.json") if place else {}
    table = _confusion(mapping(stored.get("confusion")))
    scores = [_score(row) for row in mappings(stored.get("per_class"))]
    whole = tuple(score for score in scores if score)
    if table and tuple(score.label for score in whole) == table.labels:
        return Analysis(confusion=table, scores=whole)
    return _counted(answers, labels, confidence) if answers else None


def read_reliability(folder: RunFolder, name: str) -> Reliability | None:
    """Whether an approach is as often right as it is sure; None where that was not measured."""
    place = folder.approach(name)
    raw = mapping((folder.json(f"{place}/analysis.json") if place else {}).get("calibration"))
    bins = [_bin(row) for row in mappings(raw.get("bins"))]
    whole = tuple(item for item in bins if item)
    ece, null, high, sure = (number(raw.get(key)) for key in ("ece", "null", "null_high", "sure"))
    if len(whole) != len(bins) or not whole or ece is None or null is None or high is None or sure is None:
        return None
    return Reliability(bins=whole, ece=ece, null=null, null_high=high, calibrated=ece <= high, sure=sure)


def read_found(folder: RunFolder, name: str) -> tuple[TypeScore, ...]:
    """How well an approach finds each label, where an answer may have several; empty where that was not measured."""
    place = folder.approach(name)
    stored = folder.json(f"{place}/analysis.json") if place else {}
    found = [_type_score(row) for row in mappings(stored.get("spans") or stored.get("label_sets"))]
    return tuple(score for score in found if score)


def _type_score(raw: Mapping[str, Any]) -> TypeScore | None:
    values = {field.name: number(raw.get(field.name)) for field in fields(TypeScore) if field.name != "type"}
    found = {name: value for name, value in values.items() if value is not None}
    if len(found) != len(values):
        return None
    return TypeScore(type=text(raw.get("type")), support=int(found.pop("support")), **found)


def _bin(raw: Mapping[str, Any]) -> Bin | None:
    values = {field.name: number(raw.get(field.name)) for field in fields(Bin)}
    found = {name: value for name, value in values.items() if value is not None}
    if len(found) != len(values) or found["count"] < 1:
        return None
    return Bin(count=int(found.pop("count")), **found)


def _counted(answers: Sequence[Answer], labels: Sequence[str], confidence: float) -> Analysis:
    task = Task(kind="classify", instruction="", labels=tuple(labels))
    examples = [Example(id=answer.id, input="", target=answer.target) for answer in answers]
    predictions = [Prediction(id=answer.id, text=answer.given) for answer in answers]
    return Analysis(
        confusion=confusion(task, examples, predictions),
        scores=per_class(task, examples, predictions, confidence=confidence),
    )


def _confusion(raw: Mapping[str, Any]) -> Confusion | None:
    """The table, if it is square and has as many labels."""
    labels, table = texts(raw.get("labels")), raw.get("counts")
    rows = [numbers(row) for row in table] if isinstance(table, list) else []
    if not labels or len(rows) != len(labels) or any(len(row) != len(labels) for row in rows):
        return None
    return Confusion(labels=labels, counts=tuple(tuple(int(cell) for cell in row) for row in rows))


def _score(raw: Mapping[str, Any]) -> ClassScore | None:
    values = {field.name: number(raw.get(field.name)) for field in fields(ClassScore) if field.name != "label"}
    found = {name: value for name, value in values.items() if value is not None}
    if len(found) != len(values):
        return None
    support = int(found.pop("support"))
    return ClassScore(label=text(raw.get("label")), support=support, **found)
