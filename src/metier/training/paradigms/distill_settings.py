"""The ``distill`` section of ``weights``: a teacher to learn from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from metier.core import Settings
from metier.models.hosting.hosted_settings import HostedSettings


class DistillSettings(Settings):
    """Learn from a larger model: from what it answers, or from the whole distribution behind each token."""

    teacher: str
    """The model that teaches: ``builtin``, a folder (a whole model that was trained here too), a hub id, or, for
    ``by: answers``, ``openai:NAME``. It is asked about training rows alone."""
    by: Literal["answers", "logits"] = "answers"
    """``answers``: what the teacher answers takes the place of the rows' targets (Kim & Rush 2016, arXiv 1606.07947).
    ``logits``: KL(teacher || model) at each token of the rows' targets (Hinton et al. 2015, arXiv 1503.02531), which
    needs the same tokenizer."""
    share: float = Field(default=0.5, gt=0, le=1)
    """logits: the share of the loss that comes from the teacher; the rest is the cross-entropy with the targets."""
    temperature: float = Field(default=2.0, gt=0, le=100)
    """logits: both distributions are softened by it."""
    hosted: HostedSettings | None = None
    """Where a hosted teacher lives. None: the recipe's ``hosted``."""
