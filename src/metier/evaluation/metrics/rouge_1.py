"""ROUGE-1: overlap of words, as F1; see :mod:`metier.evaluation.rouge`."""

from metier.evaluation.rouge import rouge

rouge_1 = rouge("rouge_1", "rouge1")
"""Mean ROUGE-1 F1."""
