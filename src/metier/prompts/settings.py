"""The ``prompt`` section of an approach."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from metier.core import Settings


class PromptSettings(Settings):
    """How a model is asked."""

    instruction: str | None = Field(default=None, max_length=4000)
    """What to do, as the system turn. None: the task's instruction."""
    demonstrations: int = Field(default=0, ge=0, le=200)
    """How many solved examples from train stand before the question. 0: none (zero-shot)."""
    choose: str = "nearest"
    """How demonstrations are chosen: ``random``, ``balanced`` (labels in turn) or ``nearest`` (to the question)."""
    list_labels: bool | None = None
    """``classify``: whether the instruction ends with the list of labels. None: yes for prompting with at most 30
    labels, no where weights are trained (the weights know them)."""
    label_words: dict[str, str] = Field(default_factory=dict)
    """``classify``: how a label is worded to the model, where the plain wording (``card arrival`` for ``card_arrival``)
    is not good."""
    calibrate: Literal["auto", "none", "batch"] = "auto"
    """``classify``: correction of label scores for the model's taste for some labels, fitted on validation and
    frozen. ``batch``: subtract each label's mean score (Zhou et al. 2023). ``auto``: whichever has the lower
    validation loss."""
    max_new_tokens: int = Field(default=128, ge=1, le=8192)
    """Length limit of a generated answer, in tokens. Answers stopped by it are counted and shown."""
