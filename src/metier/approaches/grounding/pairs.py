"""Questions with the passages that answer them and passages that look alike: what retrievers are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from metier.approaches.grounding.context import question_of
from metier.approaches.grounding.gold import right_passages
from metier.core import Example, Passage, Score
from metier.retrieval import Index, answer_in_context, caller_of, document_of, hit, mean, named, reciprocal_rank

_LOOKED_AT = 50


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

    Wrong is what the search ranks highest of the documents that a row does not name, where it does not hold the answer
    word for word (Karpukhin et al. 2020 mine so with BM25). A row's passages are those that its readers may read.

    Args:
        index: over the documents.
        examples: solved rows, never those of the test set.
        column: names the right documents of a row; None: they are not known.
        answers: whether targets are texts that could stand in a passage.
        negatives: wrong texts of a pair, at most.
    """
    found: list[Pair] = []
    right = right_passages(index, examples, column=column, answers=answers)
    for example, gold in zip(examples, right, strict=True):
        if not gold:
            continue
        question = question_of(example)
        near = index.search(question, asker=caller_of(example.readers), k=_LOOKED_AT).passages if negatives else []
        documents, names = named(example, column), {passage.id for passage in gold}
        wrong = [
            searched(one)
            for one in near
            if one.id not in names
            and one.document not in documents
            and not (answers and answer_in_context(example.target or "", [one.text]))
        ]
        found += [Pair(example.id, question, searched(passage), tuple(wrong[:negatives])) for passage in gold]
    return found


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
