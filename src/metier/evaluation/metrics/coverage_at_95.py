"""Coverage at 95% accuracy: the share of items that can be answered alone, the rest going to a person."""

from metier.evaluation.scoring.coverage import coverage_at

coverage_at_95 = coverage_at("coverage_at_95", 0.95)
"""The most confident items first, as many as keep 95% of them right."""
