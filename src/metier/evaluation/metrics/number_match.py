"""Number match: the share of answers whose last number is the target's."""

from metier.evaluation.scoring.numbers import close
from metier.evaluation.statistics.item_mean import TEXT_KINDS, item_mean

number_match = item_mean("number_match", close(1e-6), kinds=TEXT_KINDS, proportion=True)
"""Up to a millionth, so that 0.3 and 0.30 are equal."""
