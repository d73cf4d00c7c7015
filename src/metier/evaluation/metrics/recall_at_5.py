"""Recall at 5: the share of the relevant names among the first five."""

from metier.evaluation.scoring.ranking import ranked_mean, recall

recall_at_5 = ranked_mean("recall_at_5", recall(5))
"""Mean over the items."""
