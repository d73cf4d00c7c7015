"""Token F1: how much of the target's words the answer has, and how much else (SQuAD, arXiv 1606.05250)."""

from collections import Counter

from metier.evaluation.scoring.squad import tokens
from metier.evaluation.statistics.item_mean import item_mean


def _overlap(target: str, answer: str) -> float:
    """F1 of the two bags of tokens; where either is empty, 1 if both are and else 0."""
    wanted, given = tokens(target), tokens(answer)
    if not wanted or not given:
        return float(wanted == given)
    return 2 * (Counter(wanted) & Counter(given)).total() / (len(wanted) + len(given))


token_f1 = item_mean("token_f1", _overlap, kinds=("generate", "chat"))
"""Mean over the items."""
