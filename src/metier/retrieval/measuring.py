"""Measures of a set of questions with their passages, each with its interval and what it rests on."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from metier.core import Example, Passage, Prediction, Score
from metier.core.names import listed
from metier.retrieval.measures import answer_in_context, hit, ndcg, recall, reciprocal_rank

_SURE, _NEAR = 0.95, 0.2
"""In the first share of its rows, a column's values must be documents for it to name the right ones; in the second, it
may have been meant to."""
_ENDING = re.compile(r"\.\w{1,8}(#.*)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What retrieval found for some questions.

    Attributes:
        questions: how many.
        with_passages: for how many anything was found.
        column: the column of the rows that names the right documents; None: there is none.
        scores: by measure, the mean and its 95% interval: ``hit@1``, ``hit@k``, ``recall@k``, ``mrr``, ``ndcg@k``
            where the right documents are known; ``answer_in_context`` where the right answer is.
    """

    questions: int
    with_passages: int
    column: str | None
    scores: dict[str, Score]

    def sentences(self, *, k: int) -> list[str]:
        """The same for a person."""
        said: list[str] = []
        if "hit@k" in self.scores:
            found, best = self.scores["hit@k"], self.scores["hit@1"]
            said.append(
                f"Validation: the right document ({self.column!r}) is among the {k} passages for {found.value:.0%} of "
                f"{self.questions} questions ({found.low:.0%} to {found.high:.0%}), the first for {best.value:.0%}; "
                f"MRR {self.scores['mrr'].value:.2f}."
            )
        if "answer_in_context" in self.scores:
            share = self.scores["answer_in_context"].value
            said.append(f"Validation: the answer stands word for word in the passages for {share:.0%}.")
        return said


def measured(
    examples: Sequence[Example], *, column: str | None, answers: bool = True, abstain: str | None = None
) -> Measured:
    """Measure passages against what the rows say is right.

    Args:
        examples: with their passages.
        column: names the right documents of a row, several with commas between; None: they are not known.
        answers: whether targets are texts that could stand in a passage.
        abstain: the answer that says that the documents do not hold it: a row that wants it has no right passage.
    """
    scores: dict[str, list[float]] = {}

    def add(name: str, value: float) -> None:
        scores.setdefault(name, []).append(value)

    for example in examples:
        if answers and example.target and not _same(example.target, abstain):
            add("answer_in_context", answer_in_context(example.target, [passage.text for passage in example.passages]))
        right = named(example, column)
        if right:
            ranking = [passage.document for passage in example.passages]
            k = max(len(ranking), 1)
            add("hit@1", hit(ranking, right, k=1))
            add("hit@k", hit(ranking, right, k=k))
            add("recall@k", recall(ranking, right, k=k))
            add("mrr", reciprocal_rank(ranking, right))
            add("ndcg@k", ndcg(ranking, right, k=k))
    return Measured(
        questions=len(examples),
        with_passages=sum(bool(example.passages) for example in examples),
        column=column,
        scores={name: mean(values) for name, values in scores.items()},
    )


def measured_answers(
    examples: Sequence[Example], predictions: Sequence[Prediction], *, column: str | None, abstain: str | None
) -> Measured:
    """Measure answers that rest on passages, and those passages.

    Args:
        examples: what was asked.
        predictions: the answers, in the same order.
        column: as for :func:`measured`.
        abstain: the answer that says that the documents do not hold it; None: there is none, as for labels.

    Returns:
        besides passages: ``abstained`` (share of answers that say so), ``cited`` (share that name a passage) and, where
        right documents are known, ``citation_precision`` (of an answer's citations, the share from right documents),
        ``abstained_wrongly`` (share that say so of those for whom one was found). ``abstained_rightly`` is the share
        of those for whom none was found, and of those whose right answer it is.
    """
    grounded = [
        replace(example, passages=tuple(map(_passage, answer.context_ids, answer.contexts)))
        for example, answer in zip(examples, predictions, strict=True)
    ]
    texts = abstain is not None or any(p.citations for p in predictions)
    found = measured(grounded, column=column, answers=texts, abstain=abstain)
    scores = dict(found.scores)
    if abstain is not None and predictions:
        said = [float(_same(answer.text, abstain)) for answer in predictions]
        scores["abstained"] = mean(said)
        scores |= _abstentions(grounded, said, column, abstain)
    if any(answer.citations for answer in predictions):
        scores["cited"] = mean([float(bool(answer.citations)) for answer in predictions])
        precise = [
            sum(document_of(name) in right for name in answer.citations) / len(answer.citations)
            for example, answer in zip(examples, predictions, strict=True)
            if answer.citations and (right := named(example, column))
        ]
        scores |= {"citation_precision": mean(precise)} if precise else {}
    return replace(found, scores=scores)


def _abstentions(
    examples: Sequence[Example], said: Sequence[float], column: str | None, abstain: str
) -> dict[str, Score]:
    """How often it is said that documents do not hold the answer: where that is right, and where one was found."""
    shares: dict[str, list[float]] = {}
    for example, abstained in zip(examples, said, strict=True):
        if _same(example.target or "", abstain):
            shares.setdefault("abstained_rightly", []).append(abstained)
        elif right := named(example, column):
            found = right & {passage.document for passage in example.passages}
            shares.setdefault("abstained_wrongly" if found else "abstained_rightly", []).append(abstained)
    return {name: mean(values) for name, values in shares.items()}


def gold_column(examples: Sequence[Example], documents: Collection[str]) -> str | None:
    """The column whose values are names of documents in nearly every row; None: there is none."""
    for name in dict.fromkeys(name for example in examples for name in example.fields):
        filled = [example for example in examples if example.fields.get(name)]
        right = sum(bool(named(example, name) & set(documents)) for example in filled)
        if filled and right >= _SURE * len(filled):
            return name
    return None


def doubtful_column(examples: Sequence[Example], documents: Collection[str]) -> str:
    """What to know of a column that names documents, but others too, so that :func:`gold_column` does not take it.

    Returns:
        a sentence; empty where there is no such column.
    """
    known = set(documents)
    for name in dict.fromkeys(name for example in examples for name in example.fields):
        filled = [names for example in examples if (names := named(example, name))]
        right = sum(bool(names & known) for names in filled)
        if _NEAR * len(filled) <= right < _SURE * len(filled):
            wrong = sorted({one for names in filled if not names & known for one in names})
            return (
                f"The column {name!r} names documents in {right:,} of {len(filled):,} validation rows, too few to be "
                f"taken for the right ones; there is no {listed(wrong, limit=3)}."
            )
    return ""


def document_of(chunk: str) -> str:
    """The document of a chunk, by its id."""
    return chunk.rpartition(":")[0]


def _passage(name: str, text: str) -> Passage:
    return Passage(id=name, text=text, document=document_of(name))


def _same(answer: str, abstain: str | None) -> bool:
    return abstain is not None and answer.strip().rstrip(".").casefold() == abstain.strip().rstrip(".").casefold()


def named(example: Example, column: str | None) -> set[str]:
    """The documents that a row names as right in ``column``, commas between; none where there is no such column.

    A comma in a file's name is told by what stands before it, which has no ending.
    """
    value = str(example.fields.get(column) or "") if column is not None else ""
    names: set[str] = set()
    begun = ""
    parts = value.split(",")
    endings = any(_ENDING.search(part.strip()) for part in parts)
    for part in parts:
        begun = f"{begun},{part}" if begun else part
        if not endings or _ENDING.search(part.strip()):
            names.add(begun.strip())
            begun = ""
    return (names | {begun.strip()}) - {""}


def mean(values: Sequence[float]) -> Score:
    """The mean of numbers from 0 to 1 with its 95% interval, by Wilson's formula for shares."""
    count, value, z = len(values), sum(values) / len(values), 1.959964
    middle = (value + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(value * (1 - value) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return Score(value=value, low=max(0.0, min(value, middle - half)), high=min(1.0, max(value, middle + half)))
