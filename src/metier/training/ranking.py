"""Objectives over rankings with what they need besides rows bound."""

from __future__ import annotations

from functools import partial
from typing import Literal

from metier.training.objective import Objective
from metier.training.objectives import contrastive, ranking


def contrastive_objective(*, temperature: float, pooling: Literal["mean", "first"]) -> Objective:
    """InfoNCE of an embedder; see :mod:`metier.training.objectives.contrastive`."""
    return partial(contrastive.loss, temperature=temperature, pooling=pooling)


def ranking_objective() -> Objective:
    """Softmax over a question's own texts; see :mod:`metier.training.objectives.ranking`."""
    return ranking.loss
