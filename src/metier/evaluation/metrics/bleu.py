"""BLEU: precision of word n-grams up to four with a penalty for brevity (Papineni 2002), over the whole corpus.

Equal to ``sacrebleu.BLEU().corpus_score`` divided by 100: tokenizer 13a, exponential smoothing. Its tokenizer needs
spaces between words; prefer ``chrf`` for languages without.

Shapes: ``N`` items, ``B`` sums, 4 orders.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics.bleu import BLEU

from metier.evaluation.metric import Floats, Metric, ratio

_ORDERS = 4
_SCORER = BLEU(effective_order=True)  # only counts are taken, and it would warn about single sentences otherwise


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> NDArray[np.int32]:
    """``[N, 10]``: matched and answered n-grams of each order, and the lengths of answer and target."""
    scores = [_SCORER.sentence_score(answer, [target]) for target, answer in zip(targets, answers, strict=True)]
    rows = [[*score.counts, *score.totals, score.sys_len, score.ref_len] for score in scores]
    return np.array(rows, dtype=np.int32).reshape(-1, 2 * _ORDERS + 2)


def _value(sums: Floats) -> Floats:
    matched, answered = sums[:, :_ORDERS], sums[:, _ORDERS : 2 * _ORDERS]
    length, wanted = sums[:, -2], sums[:, -1]
    misses = matched == 0
    # An order without a match counts as half a match, a second one as a quarter, and so on.
    counts = np.where(misses, 0.5 ** np.cumsum(misses, axis=1), matched)
    some = (answered.min(axis=1) > 0) & (matched.max(axis=1) > 0)
    logs = np.log(np.where(some[:, None], ratio(counts, answered), 1.0))
    brevity = np.where(length < wanted, np.exp(1 - ratio(wanted, np.maximum(length, 1))), 1.0)
    return np.where(some, np.minimum(brevity * np.exp(logs.mean(axis=1)), 1.0), 0.0)


bleu = Metric(name="bleu", kinds=("generate", "chat"), statistics=_statistics, value=_value)
"""Corpus BLEU, 0 to 1."""
