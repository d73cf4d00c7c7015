"""Top-3 accuracy: the share of items whose label is among the 3 most probable."""

from metier.evaluation.scoring.ranked_labels import top_k

top_3 = top_k("top_3", 3)
"""Of equally probable labels, the first in the task's order is ahead."""
