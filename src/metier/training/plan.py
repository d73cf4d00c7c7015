"""What a training is told and what it leaves: the two records around the loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metier.core import TrainingCurve
from metier.core.said import Said
from metier.training.batching.batches import Layout, Order
from metier.training.course import Course
from metier.training.objective import Objective
from metier.training.paradigms.preparation import Preparation


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that the loop needs to know, resolved.

    Attributes:
        learning_rate: peak rate.
        epochs: how often each row is seen; may be a fraction.
        batch_size: rows of an optimiser step.
        warmup, weight_decay, clip, patience: see :class:`~metier.training.WeightsSettings`.
        checkpoint_seconds, tokens_per_micro_batch, order: likewise.
        layout: how rows lie in a micro-batch; None: the quickest that is exact for the model.
        seed: seed of order and dropout.
        pad: id of the padding token.
        facts: all that training depends on, by the name that a user knows it by; JSON-ready. Checkpoints of other facts
            are not taken up.
        force: take them up all the same.
        split: weights, gradients and moments are split over the processes (FSDP2), where there are several.
        course: what the method does beside the gradient steps.
        preparation: what makes the rows of a step out of those that it drew. None: they are the same.
        repeats: optimiser steps on the same prepared rows.
        probe: the objective by which the layout is chosen, where the trained one needs more than a model and rows.
        neftune: strength of the noise on embeddings; 0: none.
        padded: why rows must be padded for this objective; empty: how they lie is found out.
    """

    learning_rate: float
    epochs: float
    batch_size: int
    warmup: float
    weight_decay: float
    clip: float
    patience: int
    checkpoint_seconds: float
    tokens_per_micro_batch: int
    seed: int
    pad: int
    facts: Mapping[str, Any]
    order: Order = "grouped"
    layout: Layout | None = None
    force: bool = False
    split: bool = False
    course: Course = field(default_factory=Course)
    preparation: Preparation | None = None
    repeats: int = 1
    probe: Objective | None = None
    neftune: float = 0.0
    padded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training did.

    Attributes:
        curve: its course.
        seconds: training time over all continuations.
        steps: optimiser steps done.
        trainable_parameters: numbers that could change.
        layout: how rows lay in a micro-batch, and why.
        notes: what the record should say, in sentences.
    """

    curve: TrainingCurve
    seconds: float
    steps: int
    trainable_parameters: int
    layout: str
    notes: tuple[str, ...] = ()


def untrained(module: Any) -> Trained:
    """What is left of a training of no steps."""
    return Trained(
        curve=TrainingCurve(),
        seconds=0.0,
        steps=0,
        trainable_parameters=sum(p.numel() for p in module.parameters() if p.requires_grad),
        layout=Said("none, for nothing was trained"),
    )
