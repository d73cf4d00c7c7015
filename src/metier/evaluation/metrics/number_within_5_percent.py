"""Number within 5%: the share of answers whose last number is at most a twentieth off the target's."""

from metier.evaluation.scoring.numbers import close
from metier.evaluation.statistics.item_mean import TEXT_KINDS, item_mean

number_within_5_percent = item_mean("number_within_5_percent", close(0.05), kinds=TEXT_KINDS, proportion=True)
"""For estimates and measurements."""
