"""More training rows made of those that are there: edits that keep the answer, and paraphrases that a model writes.

Only rows that are learnt from are made, never validation or test rows; every made row knows its source and how it was
made. ``edits`` are plug-ins, one file each.
"""

from metier.data.augmenting.edits import EDITS, Edit
from metier.data.augmenting.made import Made, MadeRow, Rewrite, Unfit, make_rows
from metier.data.augmenting.settings import AugmentSettings

__all__ = ["EDITS", "AugmentSettings", "Edit", "Made", "MadeRow", "Rewrite", "Unfit", "make_rows"]
