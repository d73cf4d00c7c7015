"""More training rows: edits that keep the answer, templates that are filled, and what models write.

Only rows that are learnt from are made, never validation or test rows; every made row knows its sources and how it was
made. ``edits`` are plug-ins, one file each.
"""

from metier.data.augmenting.edits import EDITS, Edit
from metier.data.augmenting.made import (
    AT_ONCE,
    FILL,
    SELF_INSTRUCT,
    Draft,
    Made,
    MadeRow,
    Writer,
    make_rows,
    most_asked,
)
from metier.data.augmenting.settings import (
    AugmentSettings,
    BackTranslateSettings,
    FilledTemplate,
    FillSettings,
    SelfInstructSettings,
)
from metier.data.augmenting.slots import check_fill, filler, unfilled

__all__ = [
    "AT_ONCE",
    "EDITS",
    "FILL",
    "SELF_INSTRUCT",
    "AugmentSettings",
    "BackTranslateSettings",
    "Draft",
    "Edit",
    "FillSettings",
    "FilledTemplate",
    "Made",
    "MadeRow",
    "SelfInstructSettings",
    "Writer",
    "check_fill",
    "filler",
    "make_rows",
    "most_asked",
    "unfilled",
]
