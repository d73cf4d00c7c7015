"""Length match: the shorter of target and answer over the longer, in characters; 1 where they are equally long."""

from metier.evaluation.statistics.item_mean import TEXT_KINDS, item_mean


def _share(target: str, answer: str) -> float:
    return min(len(target), len(answer)) / longest if (longest := max(len(target), len(answer))) else 1.0


length_match = item_mean("length_match", _share, kinds=TEXT_KINDS)
"""Mean over the items; says nothing of what is said."""
