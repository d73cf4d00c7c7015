"""Top-5 accuracy: the share of items whose label is among the 5 most probable."""

from metier.evaluation.scoring.ranked_labels import top_k

top_5 = top_k("top_5", 5)
"""Of equally probable labels, the first in the task's order is ahead."""
