"""Exact match: the share of answers that equal the target after SQuAD's normalisation (arXiv 1606.05250)."""

from metier.evaluation.scoring.squad import tokens
from metier.evaluation.statistics.item_mean import item_mean

exact_match = item_mean(
    "exact_match",
    lambda target, answer: tokens(target) == tokens(answer),
    kinds=("generate", "chat"),
    proportion=True,
)
"""Case, ASCII punctuation, English articles and spacing do not count."""
