"""Objectives with what they need beside a model and rows."""

from __future__ import annotations

from functools import partial
from typing import Literal

from metier.training.objective import Objective
from metier.training.objectives import contrastive, distillation, preference, ranking, reinforcement, unpaired
from metier.training.objectives.distillation import Lesson
from metier.training.paradigms.preference import PreferenceSettings
from metier.training.paradigms.reinforcement import ReinforceSettings


def preference_objective(settings: PreferenceSettings) -> Objective:
    """A chosen answer against a rejected one."""
    return partial(preference.loss, settings=settings)


def unpaired_objective(settings: PreferenceSettings) -> Objective:
    """Answers marked good or bad, one by one."""
    return partial(unpaired.loss, settings=settings)


def reinforcement_objective(settings: ReinforceSettings, *, budget: int) -> Objective:
    """Drawn answers by their advantage; ``budget`` is the most tokens that one may have."""
    return partial(reinforcement.loss, settings=settings, budget=budget)


def distillation_objective(lesson: Lesson) -> Objective:
    """Cross-entropy, and closeness to a teacher."""
    return partial(distillation.loss, lesson=lesson)


def contrastive_objective(*, temperature: float, pooling: Literal["mean", "first"]) -> Objective:
    """InfoNCE of an embedder; see :mod:`metier.training.objectives.contrastive`."""
    return partial(contrastive.loss, temperature=temperature, pooling=pooling)


def ranking_objective() -> Objective:
    """Softmax over a question's own texts; see :mod:`metier.training.objectives.ranking`."""
    return ranking.loss
