"""Accuracy: the share of items whose label is right."""

from metier.evaluation.statistics.item_mean import item_mean

accuracy = item_mean("accuracy", lambda target, answer: target == answer, kinds=("classify",), proportion=True)
"""Equal labels, compared as they are."""
