"""nDCG at 10: how far up the relevant names stand, against the best possible order."""

from metier.evaluation.scoring.ranking import ndcg, ranked_mean

ndcg_at_10 = ranked_mean("ndcg_at_10", ndcg(10))
"""Each relevant name gains 1 / log2(place + 1)."""
