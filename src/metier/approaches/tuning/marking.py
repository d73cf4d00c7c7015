"""Answers that are marked good or bad, one by one, as training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from metier.approaches.system import TokenCount
from metier.approaches.tuning.rows import Prepared, causal_row, cut_reason, rejected_of
from metier.core import Example, derive
from metier.data import Dataset
from metier.models import LanguageModel
from metier.prompts import Prompt
from metier.training import Row, WeightsSettings

_BAD = "#rejected"
"""Behind the id of an example: its rejected answer, taken by itself."""
_LOOKED_AT = 64  # answers, for one that differs


def marked_rows(
    model: LanguageModel,
    prompt: Prompt,
    examples: Sequence[Example],
    demonstrations: Sequence[Sequence[Example]],
    *,
    max_length: int,
) -> Prepared:
    """Answers marked good or bad as rows, one by one; see :func:`answer_rows`.

    An example with the field ``desirable`` is one of them, one with ``rejected`` two. Each row also brings the answer
    of the next one (of those that follow, the first that differs from its own) behind its own prompt, from which the
    general movement of the model is told.
    """
    marked: list[tuple[Example, Sequence[Example], bool]] = []
    counts: dict[str, TokenCount] = {}
    for example, shown in zip(examples, demonstrations, strict=True):
        found = marks(example)
        marked += [(one, shown, good) for one, good in found]
        if not found:
            why = "it is neither marked desirable or not, nor has it a rejected answer"
            counts[example.id] = TokenCount(example.id, 0, 0, why)
    rows: list[Row] = []
    answers = [example.target or "" for example, _, _ in marked]
    for place, (example, shown, good) in enumerate(marked):
        following = (answers[(place + step) % len(answers)] for step in range(1, min(len(answers), _LOOKED_AT)))
        other = next((answer for answer in following if answer != answers[place]), "")
        beside = replace(example, fields={**example.fields, "rejected": other})
        row = causal_row(model, prompt, beside, shown, max_length, pairs=True)
        name = example.id.removesuffix(_BAD)
        before = counts.get(name, TokenCount(name, 0, 0, ""))
        if row is None:
            counts[name] = before._replace(why=f"the answer does not fit into {max_length} tokens")
            continue
        rows.append(replace(row, desirable=good))
        why = before.why or cut_reason(row.cut, max_length)
        counts[name] = TokenCount(name, before.trained + row.trained_tokens, before.cut + row.cut, why)
    return Prepared(rows, list(counts.values()))


def paired(rows: Sequence[Row]) -> dict[str, Row]:
    """Marked rows by their example, a good answer together with the bad one of the same example, for showing them."""
    found = {row.id: replace(row, rejected=(), rejected_weights=()) for row in rows}
    bad = {name.removesuffix(_BAD): found.pop(name) for name in list(found) if name.endswith(_BAD)}
    for name, row in bad.items():
        good = found.get(name)
        found[name] = replace(good, rejected=row.ids, rejected_weights=row.weights) if good else row
    return found


def with_undesirable(
    examples: Sequence[Example], dataset: Dataset, weights: WeightsSettings, *, seed: int
) -> tuple[Sequence[Example], Sequence[Example]]:
    """Training and validation examples; for kto with the answers to avoid, divided as the others are.

    Where ``max_rows`` leaves examples out, as many answers to avoid are left out in proportion.
    """
    if weights.preference is None or weights.preference.loss != "kto" or not dataset.undesirable:
        return examples, dataset.validation
    bad, train = list(dataset.undesirable), len(dataset.train)
    Random(derive(seed, "undesirable")).shuffle(bad)
    count = round(len(bad) * len(dataset.validation) / (train + len(dataset.validation)))
    kept = round((len(bad) - count) * min(1.0, (weights.max_rows or train) / train))
    return [*examples, *bad[count : count + kept]], [*dataset.validation, *bad[:count]]


def marks(example: Example) -> list[tuple[Example, bool]]:
    """The answers that an example brings, and whether each is a good one."""
    mark, rejected = example.fields.get("desirable"), rejected_of(example)
    if isinstance(mark, bool):
        return [(example, mark)]
    if not rejected:
        return []
    return [(example, True), (replace(example, id=example.id + _BAD, target=rejected), False)]
