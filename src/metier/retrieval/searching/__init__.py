"""Searching: two rankings made one, and passages that are not all the same."""

from metier.retrieval.searching.fusion import fuse
from metier.retrieval.searching.variety import choose_varied

__all__ = ["choose_varied", "fuse"]
