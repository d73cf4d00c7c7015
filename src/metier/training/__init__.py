"""Changing weights: methods (what changes), objectives (what is minimised), batches, the loop, checkpoints."""

from metier.training.adapting.combining import Share, check_shares, planned_shares, write_combined
from metier.training.adapting.origin import (
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
from metier.training.adapting.scaling import Scaled, scale_back
from metier.training.adapting.starting import base_with, in_head, put_adapter, renew_head
from metier.training.batching.batches import TOGETHER
from metier.training.batching.layouts import choose as choose_layout
from metier.training.batching.moving import Moved
from metier.training.batching.reading_once import read_once
from metier.training.bound import (
    contrastive_objective,
    distillation_objective,
    preference_objective,
    ranking_objective,
    reinforcement_objective,
    unpaired_objective,
)
from metier.training.checking import check_method
from metier.training.computing.log_probs import Answered, answer_log_probs, word_log_probs, written_log_probs
from metier.training.course import Course, HeadRate
from metier.training.method import METHODS, Defaults, Method
from metier.training.objective import OBJECTIVES, Objective
from metier.training.objectives.distillation import Lesson
from metier.training.objectives.pairwise import text_scores
from metier.training.paradigms.distill_settings import DistillSettings
from metier.training.paradigms.parts import OfPart, Part, keep_outputs
from metier.training.paradigms.preference import PreferenceSettings
from metier.training.paradigms.preparation import Preparation
from metier.training.paradigms.reference import with_reference
from metier.training.paradigms.reinforcement import ReinforceSettings
from metier.training.paradigms.replay import bits_per_byte, mixed, wanted_pieces
from metier.training.paradigms.replay_settings import ReplaySettings
from metier.training.paradigms.rollouts import Rollouts
from metier.training.paradigms.start import Anchored, Start
from metier.training.paradigms.teacher import Frozen, Teacher
from metier.training.plan import Plan, Trained, untrained
from metier.training.resolving import more_epochs, resolved, with_epochs
from metier.training.rows import Row
from metier.training.settings import WeightsSettings
from metier.training.stepping.checkpoints import Checkpoints, disk_errors, trainable
from metier.training.supervised import train

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
