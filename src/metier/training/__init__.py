"""Changing weights: methods (what changes), objectives (what is minimised), batches, the loop, checkpoints."""

from metier.training.batches import TOGETHER
from metier.training.checking import check_method
from metier.training.checkpoints import Checkpoints, disk_errors, trainable
from metier.training.combining import Share, check_shares, planned_shares, write_combined
from metier.training.course import Course
from metier.training.method import METHODS, Defaults, Method
from metier.training.objective import OBJECTIVES, Objective
from metier.training.origin import (
    Origin,
    below,
    check_origin,
    inherited,
    planned_origin,
    read_origin,
    rest_on,
    stands_on,
    start_problem,
)
from metier.training.plan import Plan, Trained, untrained
from metier.training.preference import PreferenceSettings
from metier.training.ranking import contrastive_objective, ranking_objective
from metier.training.reference import preference_objective, with_reference
from metier.training.rows import Row
from metier.training.scaling import Scaled, scale_back
from metier.training.settings import WeightsSettings
from metier.training.starting import base_with, in_head, put_adapter, renew_head
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
    "Origin",
    "Plan",
    "PreferenceSettings",
    "Row",
    "Scaled",
    "Share",
    "Trained",
    "WeightsSettings",
    "base_with",
    "below",
    "check_method",
    "check_origin",
    "check_shares",
    "contrastive_objective",
    "disk_errors",
    "in_head",
    "inherited",
    "planned_origin",
    "planned_shares",
    "preference_objective",
    "put_adapter",
    "ranking_objective",
    "read_origin",
    "renew_head",
    "rest_on",
    "scale_back",
    "stands_on",
    "start_problem",
    "train",
    "trainable",
    "untrained",
    "with_reference",
    "write_combined",
]
