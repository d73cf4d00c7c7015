"""ROUGE-L: the longest common subsequence of words, as F1 (Lin 2004), averaged over the items.

Exactly Google's ``rouge-score`` without stemming. Its tokenizer knows only ``a-z`` and ``0-9``: an accented letter
splits a word, and a text in another script has no words and scores 0. Prefer ``chrf`` for such languages.
"""

from rouge_score.rouge_scorer import RougeScorer

from metier.evaluation.item_mean import item_mean

_SCORER = RougeScorer(["rougeL"], use_stemmer=False)


def _overlap(target: str, answer: str) -> float:
    return float(_SCORER.score(target, answer)["rougeL"].fmeasure)


rouge_l = item_mean("rouge_l", _overlap, kinds=("generate", "chat"))
"""Mean ROUGE-L F1."""
