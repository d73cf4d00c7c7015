"""Which passages are right for a row: the best one of each document that it names, or the one that holds its answer."""

from __future__ import annotations

from collections.abc import Sequence

from metier.approaches.grounding.context import question_of
from metier.core import Example, Passage
from metier.retrieval import Index, answer_in_context, caller_of, named

_LOOKED_AT = 50


def right_passages(
    index: Index, examples: Sequence[Example], *, column: str | None, answers: bool
) -> list[tuple[Passage, ...]]:
    """For each row the passages that answer it; none where that is not known.

    Of a document that a row names it is the passage that holds the answer word for word, or else the one that the
    search ranks highest. Where no column names documents, it is the highest passage with the answer in it. What the
    row's readers may not read is never right.

    Args:
        index: over the documents.
        examples: solved rows.
        column: names the right documents of a row; None: they are not known.
        answers: whether targets are texts that could stand in a passage.
    """
    plain = Index(index.store, index.embedder, index.settings)  # no reranker, which would read every passage anew
    return [_right(plain, example, column, answers=answers) for example in examples]


def wrong_passages(
    index: Index,
    examples: Sequence[Example],
    right: Sequence[tuple[Passage, ...]],
    *,
    column: str | None,
    answers: bool,
) -> list[list[Passage]]:
    """For each row the passages that the search ranks highest and that do not answer it, best first.

    They are of no document that the row names, and do not hold its answer word for word (Karpukhin et al. 2020 mine so
    with BM25); all may be read by the row's readers.

    Args:
        index: over the documents.
        examples: solved rows.
        right: their right passages, as :func:`right_passages` gives them.
        column: names the right documents of a row; None: they are not known.
        answers: whether targets are texts that could stand in a passage.
    """
    askers = [caller_of(example.readers) for example in examples]
    found = index.search_all([question_of(example) for example in examples], askers=askers, k=_LOOKED_AT)
    wrong: list[list[Passage]] = []
    for example, gold, one in zip(examples, right, found, strict=True):
        documents, names = named(example, column), {passage.id for passage in gold}
        others = [each for each in one.passages if each.id not in names and each.document not in documents]
        wrong.append([each for each in others if not _holds(each, example, answers=answers)])
    return wrong


def _right(index: Index, example: Example, column: str | None, *, answers: bool) -> tuple[Passage, ...]:
    documents = sorted(named(example, column))
    if documents:
        best = (_best(index, example, document, answers=answers) for document in documents)
        return tuple(passage for passage in best if passage)
    passage = _best(index, example, None, answers=answers)
    return (passage,) if passage and _holds(passage, example, answers=answers) else ()


def _best(index: Index, example: Example, document: str | None, *, answers: bool) -> Passage | None:
    within = None if document is None else [document]
    asker = caller_of(example.readers)
    found = index.search(question_of(example), asker=asker, k=_LOOKED_AT, within=within).passages
    return next((one for one in found if _holds(one, example, answers=answers)), found[0] if found else None)


def _holds(passage: Passage, example: Example, *, answers: bool) -> bool:
    return answers and bool(example.target) and answer_in_context(example.target or "", [passage.text]) > 0
