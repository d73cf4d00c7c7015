"""Hit at 1: the share of items whose first name is relevant."""

from metier.evaluation.scoring.ranking import hit, ranked_mean

hit_at_1 = ranked_mean("hit_at_1", hit(1), proportion=True)
"""Mean over the items."""
