"""The supervised loop: rows in, better weights out. Read it top to bottom.

Decided here: the loss of an optimiser step is the mean over its trained tokens, whatever the micro-batches; randomness
inside a step (dropout) is seeded by the step's number, so that a continued training needs no random state and ends with
the same weights, bit for bit on a CPU; the best weights on validation are kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metier.core import Reporter, TrainingCurve, TrainingError, derive, say, step, warn
from metier.models import Compute
from metier.models.tree_attention import use_trees
from metier.training import layouts
from metier.training.batches import Layout, Order, epoch_order, groups_of, micro_batches
from metier.training.checkpoints import Checkpoints, Progress, put, trainable
from metier.training.course import Course
from metier.training.fused_lora import fused_lora
from metier.training.objective import Objective
from metier.training.optimizer import adamw, set_rate
from metier.training.ranks import Ranks
from metier.training.rows import Row
from metier.training.schedule import rate

CHECKPOINT_SHARE = 0.05
"""Checkpoints are never so frequent that saving them takes more than this share of the time."""


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
        key: hash of all that training depends on: checkpoints of another key are not taken up.
        course: what the method does beside the gradient steps.
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
    key: str
    order: Order = "grouped"
    layout: Layout | None = None
    course: Course = field(default_factory=Course)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training did.

    Attributes:
        curve: its course.
        seconds: training time over all continuations.
        steps: optimiser steps done.
        trainable_parameters: numbers that could change.
        layout: how rows lay in a micro-batch, and why.
    """

    curve: TrainingCurve
    seconds: float
    steps: int
    trainable_parameters: int
    layout: str


def train(
    module: Any,
    objective: Objective,
    rows: Sequence[Row],
    validation: Sequence[Row],
    plan: Plan,
    *,
    compute: Compute,
    folder: Path,
    reporter: Reporter,
) -> Trained:
    """Train ``module`` in place; afterwards it holds the best weights on validation (the last without validation).

    Args:
        module: parameters that should change require gradients.
        objective: the loss.
        rows: what to learn from; each with at least one trained token.
        validation: rows to choose by; may be empty.
        plan: the settings, resolved.
        compute: where and in which format numbers are computed.
        folder: for checkpoints; removed by the caller once the result is safe.
        reporter: told of the progress.

    Raises:
        TrainingError: nothing to learn from, a loss that is not a number, or weights that did not change.
    """
    if not rows:
        raise TrainingError(
            "There is nothing to learn from: no row of the training split has a token that carries loss."
        )
    accelerator = _accelerator(compute, module)
    module.to(accelerator.device)
    optimizer = adamw(module, plan.course, learning_rate=plan.learning_rate, weight_decay=plan.weight_decay)
    checkpoints = Checkpoints(folder, key=plan.key, reporter=reporter)
    start = trainable(module)
    progress, best = checkpoints.load(module, optimizer) or (Progress(), {})
    if progress.step:
        say(reporter, f"  continuing training at step {progress.step}")
    choice = layouts.choose(module, objective, rows[0], wanted=plan.layout)
    say(reporter, f"  {choice.why}")
    run = _Run(module, objective, plan, accelerator, optimizer, progress, best, choice.layout)
    groups = groups_of(rows, at_most=plan.batch_size)

    epoch_steps = math.ceil(len(rows) / plan.batch_size)
    total = max(1, math.ceil(epoch_steps * plan.epochs))
    saved, save_seconds, started = time.monotonic(), 0.0, time.monotonic() - progress.seconds
    with _engine(module, choice.layout), step(reporter, "train", total, unit="steps") as bar:
        bar.advance(progress.step)
        while progress.step < total and not progress.stopped:
            epoch, position = divmod(progress.step, epoch_steps)
            order = epoch_order(groups, order=plan.order, seed=plan.seed, epoch=epoch)
            these = order[position * plan.batch_size : (position + 1) * plan.batch_size]
            loss = run.step([rows[i] for i in these], total)
            bar.advance(note=f"loss {loss:.3f}")
            if validation and (progress.step % epoch_steps == 0 or progress.step == total):
                run.validate(validation)
                if progress.stopped:
                    say(reporter, f"  stopped early at step {progress.step}: validation no longer improves")
            if run.ranks.first and time.monotonic() - saved >= max(
                plan.checkpoint_seconds, save_seconds / CHECKPOINT_SHARE
            ):
                progress.seconds = time.monotonic() - started
                begun = time.monotonic()
                checkpoints.save(progress, module, optimizer, run.best)
                saved, save_seconds = time.monotonic(), time.monotonic() - begun
    run.note_curve()
    if run.best:
        put(module, run.best)
    _check_moved(module, start, reporter)
    module.eval()
    return Trained(
        curve=TrainingCurve(
            steps=tuple(progress.curve_steps),
            losses=tuple(progress.curve_losses),
            validation_steps=tuple(progress.validation_steps),
            validation_losses=tuple(progress.validation_losses),
            best_step=progress.best_step or progress.step,
        ),
        seconds=time.monotonic() - started,
        steps=progress.step,
        trainable_parameters=sum(tensor.numel() for tensor in start.values()),
        layout=choice.why,
    )


@contextmanager
def _engine(module: Any, layout: Layout) -> Generator[None]:
    """While it trains, a model attends over trees and computes LoRA in one step; afterwards it is as it was."""
    with use_trees(module) if layout != "padded" else nullcontext(), fused_lora(module):
        yield


class _Run:
    """One training's moving parts."""

    def __init__(
        self,
        module: Any,
        objective: Objective,
        plan: Plan,
        accelerator: Any,
        optimizer: Any,
        progress: Progress,
        best: dict[str, Any],
        layout: Layout,
    ) -> None:
        self.module, self.objective, self.plan, self.accelerator = module, objective, plan, accelerator
        self.optimizer, self.progress, self.best = optimizer, progress, best
        self.layout: Layout = layout
        self.ranks = Ranks(accelerator)

    def step(self, rows: Sequence[Row], total: int) -> float:
        """One optimiser step over ``rows``; returns its mean loss."""
        import torch

        plan, progress = self.plan, self.progress
        self.module.train()
        torch.manual_seed(derive(plan.seed, "step", progress.step))
        set_rate(self.optimizer, plan.learning_rate * rate(progress.step, total=total, warmup=plan.warmup))
        weight = sum(row.weight for row in rows)
        summed = 0.0
        micros = micro_batches(rows, max_tokens=plan.tokens_per_micro_batch, layout=self.layout)
        for micro in self.ranks.mine(micros):
            loss, _ = self._loss(micro)
            if not torch.isfinite(loss):
                raise TrainingError(_not_finite(micro, progress.step))
            self.accelerator.backward(loss / weight)
            summed += float(loss.detach())
        (summed,) = self.ranks.add(summed)
        parameters = [p for p in self.module.parameters() if p.requires_grad]
        self.ranks.add_gradients(parameters)
        plan.course.add_gradients(self.module)
        if not torch.isfinite(torch.nn.utils.clip_grad_norm_(parameters, plan.clip)):
            raise TrainingError(_not_finite(rows, progress.step))
        self.optimizer.step()
        plan.course.after_step(self.module, self.optimizer, step=progress.step + 1, total=total)
        self.optimizer.zero_grad(set_to_none=True)
        progress.step += 1
        progress.pending_loss += summed
        progress.pending_weight += weight
        if progress.step % max(1, total // 100) == 0:  # a curve of about a hundred points
            self.note_curve()
        return summed / weight

    def _loss(self, micro: Sequence[Row]) -> tuple[Any, float]:
        """Summed loss and weight of a micro-batch."""
        with self.accelerator.autocast():
            device = str(self.accelerator.device)
            return self.objective(self.module, micro, pad=self.plan.pad, device=device, layout=self.layout)

    def note_curve(self) -> None:
        """Put the loss since the last point onto the curve."""
        progress = self.progress
        if progress.pending_weight:
            progress.curve_steps.append(progress.step)
            progress.curve_losses.append(progress.pending_loss / progress.pending_weight)
            progress.pending_loss = progress.pending_weight = 0.0

    def validate(self, rows: Sequence[Row]) -> None:
        """Measure the loss on ``rows``; keep the weights where it is the lowest; stop where it no longer falls."""
        import torch

        self.module.eval()
        summed = weights = 0.0
        with torch.no_grad():
            micros = micro_batches(rows, max_tokens=self.plan.tokens_per_micro_batch, layout=self.layout)
            for micro in self.ranks.mine(micros):
                loss, weight = self._loss(micro)
                summed, weights = summed + float(loss), weights + weight
        summed, weights = self.ranks.add(summed, weights)
        progress = self.progress
        value = summed / weights
        if not progress.validation_losses or value < min(progress.validation_losses):
            progress.best_step = progress.step
            self.best = trainable(self.module)
        progress.validation_steps.append(progress.step)
        progress.validation_losses.append(value)
        since = len(progress.validation_steps) - 1 - progress.validation_steps.index(progress.best_step)
        progress.stopped = self.plan.patience > 0 and since >= self.plan.patience


def _accelerator(compute: Compute, module: Any) -> Any:
    """Device and autocast; weights that are trained stay float32, products run in ``compute.dtype``."""
    from accelerate import Accelerator

    # A frozen base that is stored in bfloat16 computes in it already: autocast would only convert back and forth.
    stored = {p.dtype for p in module.parameters() if not p.requires_grad}
    mixed = compute.dtype == "bfloat16" and compute.torch_dtype not in stored
    return Accelerator(cpu=compute.device == "cpu", mixed_precision="bf16" if mixed else "no")


def _not_finite(micro: Sequence[Row], done: int) -> str:
    rows = ", ".join(row.id for row in micro[:5]) + (" ..." if len(micro) > 5 else "")
    return (
        f"The loss or the gradient of step {done + 1} is not a number; the rows were {rows}. Lower "
        "weights.learning_rate, or look at these rows. The last checkpoint is whole."
    )


def _check_moved(module: Any, start: dict[str, Any], reporter: Reporter) -> None:
    """Every tensor that should have changed did; a model that never moved must not be called trained."""
    still = [name for name, tensor in trainable(module).items() if bool((tensor == start[name]).all())]
    if len(still) == len(start):
        raise TrainingError("Training ended, and no weight has changed: raise weights.learning_rate or weights.epochs.")
    if still:
        warn(reporter, f"{len(still)} of {len(start)} trained tensors did not change, {still[0]} among them.")
