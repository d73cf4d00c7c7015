"""Questions with the passages that answer them and passages that look alike: what retrievers are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from metier.approaches.grounding.context import question_of
from metier.approaches.grounding.gold import right_passages, wrong_passages
from metier.core import Example, Passage, Score
from metier.retrieval import Index, caller_of, document_of, hit, mean, named, reciprocal_rank


class Pair(NamedTuple):
    """A question with its texts as they are searched.

    Attributes:
        id: of the row.
        question: what is searched for.
        right: a text that answers it.
        wrong: texts that the search ranks high and that do not, the most similar first.
    """

    id: str
    question: str
    right: str
    wrong: tuple[str, ...]


def mine(index: Index, examples: Sequence[Example], *, column: str | None, answers: bool, negatives: int) -> list[Pair]:
    """A pair for each right passage of each row; rows whose right passages are not known give none.

    Args:
        index: over the documents.
        examples: solved rows, never those of the test set.
        column: names the right documents of a row; None: they are not known.
        answers: whether targets are texts that could stand in a passage.
        negatives: wrong texts of a pair, at most.
    """
    every = right_passages(index, examples, column=column, answers=answers)
    known = [(example, gold) for example, gold in zip(examples, every, strict=True) if gold]
    rows, right = [example for example, _ in known], [gold for _, gold in known]
    wrong: list[list[Passage]] = [[] for _ in rows]
    if negatives:
        wrong = wrong_passages(index, rows, right, column=column, answers=answers)
    return [
        Pair(row.id, question_of(row), searched(passage), tuple(searched(one) for one in others[:negatives]))
        for row, gold, others in zip(rows, right, wrong, strict=True)
        for passage in gold
    ]


def searched(passage: Passage) -> str:
    """A passage as it is embedded: below its headings."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text


def found_right(index: Index, examples: Sequence[Example], *, column: str | None, answers: bool) -> dict[str, Score]:
    """How well an index ranks the right documents (or passages, where no column names documents) of solved rows.

    Returns:
        ``hit@1``, ``hit@5`` and ``mrr``, each the mean over rows whose right passages are known; empty without any.
    """
    known = [
        (example, gold)
        for example, gold in zip(examples, right_passages(index, examples, column=column, answers=answers), strict=True)
        if gold
    ]
    if not known:
        return {}
    found = index.search_all(
        [question_of(example) for example, _ in known], askers=[caller_of(example.readers) for example, _ in known]
    )
    hits: dict[str, list[float]] = {"hit@1": [], "hit@5": [], "mrr": []}
    for (example, gold), one in zip(known, found, strict=True):
        right = named(example, column)
        ranking = [document_of(name) for name in one.considered] if right else one.considered
        ranking = list(dict.fromkeys(ranking))
        right = right or {passage.id for passage in gold}
        hits["hit@1"].append(hit(ranking, right, k=1))
        hits["hit@5"].append(hit(ranking, right, k=5))
        hits["mrr"].append(reciprocal_rank(ranking, right))
    return {name: mean(values) for name, values in hits.items()}
