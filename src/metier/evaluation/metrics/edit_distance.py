"""Edit distance: the share of characters to insert, delete or replace (Levenshtein 1966); lower is better."""

from metier.evaluation.scoring import editing
from metier.evaluation.statistics.item_mean import TEXT_KINDS, item_mean


def _share(target: str, answer: str) -> float:
    """Of the longer text; 0 where both are empty."""
    return editing.edit_distance(target, answer) / max(len(target), len(answer), 1)


edit_distance = item_mean("edit_distance", _share, kinds=TEXT_KINDS, better="lower")
"""Mean over the items, 0 to 1."""
