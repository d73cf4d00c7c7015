"""ROUGE-2: overlap of word pairs, as F1; see :mod:`metier.evaluation.scoring.rouge`."""

from metier.evaluation.scoring.rouge import rouge

rouge_2 = rouge("rouge_2", "rouge2")
"""Mean ROUGE-2 F1."""
