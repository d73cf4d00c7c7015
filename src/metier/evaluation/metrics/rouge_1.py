"""ROUGE-1: overlap of words, as F1; see :mod:`metier.evaluation.scoring.rouge`."""

from metier.evaluation.scoring.rouge import rouge

rouge_1 = rouge("rouge_1", "rouge1")
"""Mean ROUGE-1 F1."""
