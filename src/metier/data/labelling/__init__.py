"""Labelling: which rows to label next, tasks for annotation tools with suggestions, and corrections read back.

``exports`` are plug-ins, one file for each tool.
"""

from metier.data.labelling.choosing import disagreement, farthest_first, ranked, uncertainty
from metier.data.labelling.corrections import Corrections, read_corrections
from metier.data.labelling.difficulty import most_difficult
from metier.data.labelling.exports import EXPORTS, Export
from metier.data.labelling.suggestion import Suggestion

__all__ = [
    "EXPORTS",
    "Corrections",
    "Export",
    "Suggestion",
    "disagreement",
    "farthest_first",
    "most_difficult",
    "ranked",
    "read_corrections",
    "uncertainty",
]
