"""ROUGE-L: the longest common subsequence of words, as F1; see :mod:`metier.evaluation.scoring.rouge`."""

from metier.evaluation.scoring.rouge import rouge

rouge_l = rouge("rouge_l", "rougeL")
"""Mean ROUGE-L F1."""
