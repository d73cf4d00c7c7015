"""Objectives with what they need beside a model and rows."""

from __future__ import annotations

from functools import partial

from metier.training.objective import Objective
from metier.training.objectives import distillation, reinforcement, unpaired
from metier.training.objectives.distillation import Lesson
from metier.training.preference import PreferenceSettings
from metier.training.reinforcement import ReinforceSettings


def distillation_objective(lesson: Lesson) -> Objective:
    """Cross-entropy, and closeness to a teacher."""
    return partial(distillation.loss, lesson=lesson)


def reinforcement_objective(settings: ReinforceSettings, *, budget: int) -> Objective:
    """Drawn answers by their advantage; ``budget`` is the most tokens that one may have."""
    return partial(reinforcement.loss, settings=settings, budget=budget)


def unpaired_objective(settings: PreferenceSettings) -> Objective:
    """Answers marked good or bad, one by one."""
    return partial(unpaired.loss, settings=settings)
