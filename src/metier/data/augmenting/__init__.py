"""More training rows made of those that are there: edits that keep the answer, and what models write.

Only rows that are learnt from are made, never validation or test rows; every made row knows its sources and how it was
made. ``edits`` are plug-ins, one file each.
"""

from metier.data.augmenting.edits import EDITS, Edit
from metier.data.augmenting.made import AT_ONCE, SELF_INSTRUCT, Draft, Made, MadeRow, Writer, make_rows
from metier.data.augmenting.settings import AugmentSettings, BackTranslateSettings, SelfInstructSettings

__all__ = [
    "AT_ONCE",
    "EDITS",
    "SELF_INSTRUCT",
    "AugmentSettings",
    "BackTranslateSettings",
    "Draft",
    "Edit",
    "Made",
    "MadeRow",
    "SelfInstructSettings",
    "Writer",
    "make_rows",
]
