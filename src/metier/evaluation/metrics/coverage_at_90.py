"""Coverage at 90% accuracy: the share of items that can be answered alone, the rest going to a person."""

from metier.evaluation.scoring.coverage import coverage_at

coverage_at_90 = coverage_at("coverage_at_90", 0.90)
"""The most confident items first, as many as keep 90% of them right."""
