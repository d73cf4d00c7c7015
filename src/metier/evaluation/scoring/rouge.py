"""ROUGE (Lin 2004): overlap of words, word pairs or the longest common subsequence, as F1, averaged over the items.

Exactly Google's ``rouge-score`` without stemming. Its tokenizer knows only ``a-z`` and ``0-9``: an accented letter
splits a word, and a text in another script has no words and scores 0. Prefer ``chrf`` for such languages.
"""

from __future__ import annotations

from rouge_score.rouge_scorer import RougeScorer

from metier.evaluation.metric import Metric
from metier.evaluation.statistics.item_mean import TEXT_KINDS, item_mean


def rouge(name: str, kind: str) -> Metric:
    """Mean F1 of a kind of ROUGE.

    Args:
        name: the metric's name.
        kind: ``rouge1``, ``rouge2`` or ``rougeL``.
    """
    scorer = RougeScorer([kind], use_stemmer=False)

    def overlap(target: str, answer: str) -> float:
        return float(scorer.score(target, answer)[kind].fmeasure)

    return item_mean(name, overlap, kinds=TEXT_KINDS)
