"""ROUGE-L: the longest common subsequence of words, as F1; see :mod:`metier.evaluation.rouge`."""

from metier.evaluation.rouge import rouge

rouge_l = rouge("rouge_l", "rougeL")
"""Mean ROUGE-L F1."""
