"""Mean reciprocal rank: one over the place of the first relevant name, averaged over the items."""

from metier.evaluation.scoring.ranking import ranked_mean, reciprocal_rank

mrr = ranked_mean("mrr", reciprocal_rank)
"""1 where a relevant name always comes first."""
