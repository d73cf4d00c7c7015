"""Multi-label classification: any number of a set of labels, none among them.

A target is a JSON list of labels, sorted; ``[]`` where none applies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

from metier.core.broken_json import loads_whatever
from metier.core.tasks import Reading, TaskForm


def target_of(labels: Iterable[str]) -> str:
    """The target that states ``labels``.

    >>> target_of(["urgent", "billing", "urgent"])
    '["billing", "urgent"]'
    """
    return json.dumps(sorted({*labels}), ensure_ascii=False)


def labels_in(target: str) -> tuple[str, ...]:
    """The labels that a target states; of a text that is none, nothing."""
    value, _ = loads_whatever(target)
    return tuple(map(str, cast("list[Any]", value))) if isinstance(value, list) else ()


def _read(answer: str, asked: str, labels: Sequence[str]) -> Reading:
    value, whole = loads_whatever(answer)
    if not isinstance(value, list):
        return Reading("[]", False)
    said = cast("list[Any]", value)
    known = [item for item in said if isinstance(item, str) and item in labels]
    return Reading(target_of(known), whole and len(known) == len(said))


def _lark(labels: Sequence[str], asked: str) -> str:
    """Each label at most once, in their order, so that an answer always ends."""
    lines = ['start: "[" from0 "]" | "[]"'] if labels else ['start: "[]"']
    for number, label in enumerate(labels):
        last = number + 1 == len(labels)
        item = json.dumps(json.dumps(label, ensure_ascii=False), ensure_ascii=False)
        lines.append(f"from{number}: {item}" + ("" if last else f' (", " from{number + 1})? | from{number + 1}'))
    return "\n".join(lines)


form = TaskForm(
    title="any number of labels",
    noun="label set",
    instruction="Decide which of the labels apply to the text.",
    metrics=("labels_micro_f1", "labels_macro_f1", "subset_accuracy"),
    floors=("majority", "tfidf", "nearest"),
    has_labels=True,
    stratified=True,
    labels_of=labels_in,
    told="Answer with a JSON list of all labels that apply, and [] where none does. Labels: {labels}.",
    read=_read,
    lark=_lark,
    shown=lambda target: ", ".join(labels_in(target)) or "(none)",
    value=json.loads,
)
