"""Changing weights: methods (what changes), objectives (what is minimised), batches, the loop, checkpoints."""

from metier.training.batches import TOGETHER
from metier.training.bound import (
    contrastive_objective,
    distillation_objective,
    preference_objective,
    ranking_objective,
    reinforcement_objective,
    unpaired_objective,
)
from metier.training.checking import check_method
from metier.training.checkpoints import Checkpoints, disk_errors, trainable
from metier.training.combining import Share, check_shares, planned_shares, write_combined
from metier.training.course import Course, HeadRate
from metier.training.distill_settings import DistillSettings
from metier.training.layouts import choose as choose_layout
from metier.training.log_probs import Answered, answer_log_probs, word_log_probs, written_log_probs
from metier.training.method import METHODS, Defaults, Method
from metier.training.moving import Moved
from metier.training.objective import OBJECTIVES, Objective
from metier.training.objectives.distillation import Lesson
from metier.training.objectives.pairwise import text_scores
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
from metier.training.parts import OfPart, Part, keep_outputs
from metier.training.plan import Plan, Trained, untrained
from metier.training.preference import PreferenceSettings
from metier.training.preparation import Preparation
from metier.training.reading_once import read_once
from metier.training.reference import with_reference
from metier.training.reinforcement import ReinforceSettings
from metier.training.replay import bits_per_byte, mixed, wanted_pieces
from metier.training.replay_settings import ReplaySettings
from metier.training.resolving import more_epochs, resolved, with_epochs
from metier.training.rollouts import Rollouts
from metier.training.rows import Row
from metier.training.scaling import Scaled, scale_back
from metier.training.settings import WeightsSettings
from metier.training.start import Anchored, Start
from metier.training.starting import base_with, in_head, put_adapter, renew_head
from metier.training.supervised import train
from metier.training.teacher import Frozen, Teacher

__all__ = [
    "METHODS",
    "OBJECTIVES",
    "TOGETHER",
    "Anchored",
    "Answered",
    "Checkpoints",
    "Course",
    "Defaults",
    "DistillSettings",
    "Frozen",
    "HeadRate",
    "Lesson",
    "Method",
    "Moved",
    "Objective",
    "OfPart",
    "Origin",
    "Part",
    "Plan",
    "PreferenceSettings",
    "Preparation",
    "ReinforceSettings",
    "ReplaySettings",
    "Rollouts",
    "Row",
    "Scaled",
    "Share",
    "Start",
    "Teacher",
    "Trained",
    "WeightsSettings",
    "answer_log_probs",
    "base_with",
    "below",
    "bits_per_byte",
    "check_method",
    "check_origin",
    "check_shares",
    "choose_layout",
    "contrastive_objective",
    "disk_errors",
    "distillation_objective",
    "in_head",
    "inherited",
    "keep_outputs",
    "mixed",
    "more_epochs",
    "planned_origin",
    "planned_shares",
    "preference_objective",
    "put_adapter",
    "ranking_objective",
    "read_once",
    "read_origin",
    "reinforcement_objective",
    "renew_head",
    "resolved",
    "rest_on",
    "scale_back",
    "stands_on",
    "start_problem",
    "text_scores",
    "train",
    "trainable",
    "unpaired_objective",
    "untrained",
    "wanted_pieces",
    "with_epochs",
    "with_reference",
    "word_log_probs",
    "write_combined",
    "written_log_probs",
]
