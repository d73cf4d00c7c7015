"""chrF: overlap of character n-grams up to six, recall counting twice (Popović 2015), over the whole corpus.

Equal to ``sacrebleu.CHRF().corpus_score`` divided by 100. Needs no words, so it serves every language and script.

Shapes: ``N`` items, ``B`` sums, 6 orders, and for each of them the n-grams answered, wanted and matched.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics.helpers import extract_all_char_ngrams

from metier.evaluation.metric import Floats, Metric, ratio

_ORDERS = 6
_BETA_SQUARED = 4


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> NDArray[np.int32]:
    """``[N, 18]``: answered, wanted and matched n-grams of each order."""
    rows = [_counts(target, answer) for target, answer in zip(targets, answers, strict=True)]
    return np.array(rows, dtype=np.int32).reshape(-1, 3 * _ORDERS)


def _counts(target: str, answer: str) -> list[int]:
    counts: list[int] = []
    pairs = zip(extract_all_char_ngrams(target, _ORDERS), extract_all_char_ngrams(answer, _ORDERS), strict=True)
    for wanted, answered in pairs:
        # sacrebleu ignores the answer's n-grams of an order that the target is too short for.
        num_answered = answered.total() if wanted else 0
        matched = sum(min(count, wanted[ngram]) for ngram, count in answered.items() if ngram in wanted)
        counts += [num_answered, wanted.total(), matched]
    return counts


def _value(sums: Floats) -> Floats:
    answered, wanted, matched = np.moveaxis(sums.reshape(-1, _ORDERS, 3), 2, 0)
    counts = (answered > 0) & (wanted > 0)
    num_orders = counts.sum(axis=1).astype(np.float64)
    precision = ratio((ratio(matched, answered) * counts).sum(axis=1), num_orders)
    recall = ratio((ratio(matched, wanted) * counts).sum(axis=1), num_orders)
    return ratio((1 + _BETA_SQUARED) * precision * recall, _BETA_SQUARED * precision + recall)


chrf = Metric(name="chrf", kinds=("generate", "chat"), statistics=_statistics, value=_value)
"""Corpus chrF, 0 to 1."""
