"""Subset accuracy: the share of items whose whole set of labels is right, none missing and none too many."""

from metier.core.tasks.multilabel import labels_in
from metier.evaluation.statistics.item_mean import item_mean

subset_accuracy = item_mean(
    "subset_accuracy",
    lambda target, answer: set(labels_in(target)) == set(labels_in(answer)),
    kinds=("multilabel",),
    proportion=True,
    form="labels",
)
"""Equal to scikit-learn's ``accuracy_score`` on the indicator matrix."""
