"""Changing weights: methods (what changes), objectives (what is minimised), batches, the loop, checkpoints."""

from metier.training.batches import TOGETHER
from metier.training.checking import check_method
from metier.training.checkpoints import Checkpoints, disk_errors
from metier.training.course import Course
from metier.training.method import METHODS, Defaults, Method
from metier.training.objective import OBJECTIVES, Objective
from metier.training.plan import Plan, Trained
from metier.training.preference import PreferenceSettings
from metier.training.ranking import contrastive_objective, ranking_objective
from metier.training.reference import preference_objective, with_reference
from metier.training.rows import Row
from metier.training.settings import WeightsSettings
from metier.training.supervised import train

__all__ = [
    "METHODS",
    "OBJECTIVES",
    "TOGETHER",
    "Checkpoints",
    "Course",
    "Defaults",
    "Method",
    "Objective",
    "Plan",
    "PreferenceSettings",
    "Row",
    "Trained",
    "WeightsSettings",
    "check_method",
    "contrastive_objective",
    "disk_errors",
    "preference_objective",
    "ranking_objective",
    "train",
    "with_reference",
]
