"""ROUGE-2: overlap of word pairs, as F1; see :mod:`metier.evaluation.rouge`."""

from metier.evaluation.rouge import rouge

rouge_2 = rouge("rouge_2", "rouge2")
"""Mean ROUGE-2 F1."""
