"""The ``rewards`` of an approach: metrics, or a judge that is learnt from pairs."""

from __future__ import annotations

from pydantic import Field

from metier.core import Settings
from metier.evaluation.graders import GraderSettings
from metier.training.settings import WeightsSettings


class RewardSettings(Settings):
    """A metric and how much it counts."""

    metric: str | GraderSettings
    """As in ``evaluate.metrics``: a name, a Python file (``polite.py``), or a grader."""
    weight: float = Field(default=1.0, ge=-1000, le=1000)
    """The reward of an answer is the sum of its metrics, each times its weight. Below 0: what should not be."""


class LearntRewardSettings(Settings):
    """A reward model: an encoder that learns from pairs of answers which of two is the better one."""

    pairs: str
    """File or folder of rows with a prompt, a chosen and a rejected answer, relative to the recipe. A part is held out,
    and the record says in how many of those the reward model is right."""
    model: str = "builtin-encoder"
    """The encoder: ``builtin-encoder``, a folder or a hub id."""
    weights: WeightsSettings = WeightsSettings(method="full")
    """How it is trained."""
    weight: float = Field(default=1.0, ge=-1000, le=1000)
    """How much its score counts, which is in standard deviations above the mean answer of its pairs."""


Chosen = str | GraderSettings | RewardSettings | LearntRewardSettings
"""An entry of ``rewards``."""
