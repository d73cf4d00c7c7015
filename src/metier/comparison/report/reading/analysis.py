"""Which labels an approach gets right and which it mixes up: ``analysis.json``, or counted from its answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from metier.comparison.report.reading.answers import Answer
from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.values import mapping, mappings, number, numbers, text, texts, whole
from metier.core import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """How well one label is recognised.

    Attributes:
        label: the label.
        precision: share of the answers with this label that are right; 0 where it was never answered.
        recall: share of the examples of this label that were found, with its interval.
        f1: harmonic mean of both.
        support: test examples of this label.
    """

    label: str
    precision: float
    recall: Score
    f1: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """An approach's answers by label.

    Attributes:
        labels: the label set, in the order of ``counts``.
        counts: ``counts[right][given]``, test examples.
        per_label: one entry a label, in the order of ``labels``.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    per_label: tuple[LabelScore, ...]


def read_analysis(
    folder: RunFolder, name: str, *, answers: Sequence[Answer], labels: Sequence[str], confidence: float
) -> Analysis | None:
    """What was stored for the approach, else what its answers say; None where there is neither."""
    place = folder.approach(name)
    stored = folder.json(f"{place}/analysis.json") if place else {}
    confusion = mapping(stored.get("confusion"))
    names, table = texts(confusion.get("labels")), confusion.get("counts")
    rows = [numbers(row) for row in table] if isinstance(table, list) else []
    counts = tuple(tuple(int(cell) for cell in row) for row in rows)
    if not names or len(counts) != len(names) or any(len(row) != len(names) for row in counts):
        if not answers:
            return None
        names, counts = count(answers, labels)
    computed = per_label(names, counts, confidence)
    kept = {text(row.get("label")): row for row in mappings(stored.get("per_class"))}
    scores = tuple(_stored(kept.get(score.label, {}), score) for score in computed)
    return Analysis(labels=names, counts=counts, per_label=scores)


def count(answers: Sequence[Answer], labels: Sequence[str]) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """The label set with any further label that occurs, and how often each was answered for each."""
    seen = {answer.target for answer in answers} | {answer.given for answer in answers}
    names = (*labels, *sorted(seen - set(labels)))
    place = {name: index for index, name in enumerate(names)}
    table = [[0] * len(names) for _ in names]
    for answer in answers:
        table[place[answer.target]][place[answer.given]] += 1
    return names, tuple(tuple(row) for row in table)


def per_label(labels: Sequence[str], counts: Sequence[Sequence[int]], confidence: float) -> tuple[LabelScore, ...]:
    """Precision, recall and F1 of each label."""
    found: list[LabelScore] = []
    for index, label in enumerate(labels):
        right, support = counts[index][index], sum(counts[index])
        answered = sum(row[index] for row in counts)
        found.append(
            LabelScore(
                label=label,
                precision=right / answered if answered else 0.0,
                recall=wilson(right, support, confidence),
                f1=2 * right / (answered + support) if answered + support else 0.0,
                support=support,
            )
        )
    return tuple(found)


def wilson(right: int, total: int, confidence: float) -> Score:
    """A share with Wilson's interval (1927), which stays inside 0 to 1 and holds for small counts.

    >>> wilson(9, 10, 0.95)
    Score(value=0.9, low=0.5958..., high=0.9821...)
    """
    if total == 0:
        return Score(value=0.0, low=0.0, high=1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = right / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return Score(value=share, low=max(0.0, middle - half), high=min(1.0, middle + half))


def _stored(raw: Mapping[str, Any], computed: LabelScore) -> LabelScore:
    """The stored row where it is whole, else the computed one."""
    precision, recall, f1 = (number(raw.get(name)) for name in ("precision", "recall", "f1"))
    low, high = number(raw.get("recall_low")), number(raw.get("recall_high"))
    if precision is None or recall is None or f1 is None or low is None or high is None:
        return computed
    support = whole(raw.get("support"))
    recall_score = Score(value=recall, low=low, high=high)
    return LabelScore(label=computed.label, precision=precision, recall=recall_score, f1=f1, support=support)
