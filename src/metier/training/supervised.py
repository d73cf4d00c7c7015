"""The supervised loop: rows in, better weights out. Read it top to bottom.

Decided here: the loss of an optimiser step is the mean over its trained tokens, whatever the micro-batches; randomness
inside a step (dropout) is seeded by the step's number, so that a continued training needs no random state and ends with
the same weights, bit for bit on a CPU; the best weights on validation are kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from metier.core import Reporter, Stopped, TrainingCurve, TrainingError, derive, point, say, step, warn
from metier.core.heap import give_back
from metier.core.locking import locked
from metier.core.said import Said
from metier.core.short_training import still_falling
from metier.models import Compute
from metier.training.batching import layouts
from metier.training.batching.batches import Layout, epoch_order, groups_of, micro_batches
from metier.training.computing.fused_lora import fused_lora
from metier.training.computing.memory import Result, is_out_of_memory, smaller, within_memory
from metier.training.computing.noisy_embeddings import noisy_embeddings
from metier.training.computing.precision import is_mixed
from metier.training.computing.quick_dropout import quick_dropout
from metier.training.objective import Objective
from metier.training.plan import Plan, Trained
from metier.training.rows import Row, row_of
from metier.training.stepping.checkpoints import Checkpoints, Progress, put, trainable
from metier.training.stepping.gate import check_changed, fingerprints
from metier.training.stepping.nonfinite import blame
from metier.training.stepping.optimizer import adamw, set_rate
from metier.training.stepping.ranks import Ranks
from metier.training.stepping.saving import Saver
from metier.training.stepping.schedule import rate
from metier.training.stepping.splitting import let_go, split, whole
from metier.training.stepping.stopping import StopRequest

ENDING_SECONDS = 20.0
"""How long another process that holds the checkpoints is waited for: one whose run was killed ends by itself."""


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
        TrainingError: nothing to learn from, a loss that is not a number, weights that did not change, or too little
            memory for a single row.
        RunInUseError: another process trains in ``folder``.
        Stopped: SIGTERM came; the training is saved, and the same call goes on with it.
    """
    if not rows:
        raise TrainingError(
            "There is nothing to learn from: no row of the training split has a token that carries loss."
        )
    accelerator = _accelerator(compute, module)
    ranks = Ranks(accelerator, split=plan.split)
    start = fingerprints(module)
    choice = layouts.choose(module, plan.probe or objective, rows[0], wanted=plan.layout, padded=plan.padded)
    _place(module, plan, accelerator, ranks)
    optimizer = adamw(module, plan.course, learning_rate=plan.learning_rate, weight_decay=plan.weight_decay)
    checkpoints = Checkpoints(folder, facts=plan.facts, reporter=reporter, force=plan.force, writes=ranks.first)
    with locked(folder, wait=ENDING_SECONDS) if ranks.first else nullcontext(), StopRequest() as stop:
        progress, best = checkpoints.load(module, optimizer) or (Progress(), {})
        say(reporter, f"  {choice.why}")
        run = _Run(
            module=module,
            objective=objective,
            plan=plan,
            accelerator=accelerator,
            optimizer=optimizer,
            progress=progress,
            best=best,
            stop=stop,
            reporter=reporter,
            layout=choice.layout,
            ranks=ranks,
            folder=folder,
        )
        with _engine(module, choice.layout, plan.neftune):
            _loop(run, rows, validation, checkpoints)
    if note := still_falling(_curve_of(progress)):
        warn(reporter, note)
        progress.notes.append(note)
    if run.best:
        put(module, run.best)
    check_changed(module, start, reporter)
    module.eval()
    del optimizer, run
    give_back()
    return Trained(
        curve=_curve_of(progress),
        seconds=progress.seconds,
        steps=progress.step,
        trainable_parameters=sum(p.numel() for p in module.parameters() if p.requires_grad),
        layout=choice.why,
        notes=tuple(progress.notes),
    )


def _curve_of(progress: Progress) -> TrainingCurve:
    return TrainingCurve(
        steps=tuple(progress.curve_steps),
        losses=tuple(progress.curve_losses),
        validation_steps=tuple(progress.validation_steps),
        validation_losses=tuple(progress.validation_losses),
        best_step=progress.best_step or progress.step,
    )


def _loop(run: _Run, rows: Sequence[Row], validation: Sequence[Row], checkpoints: Checkpoints) -> None:
    """Steps, validations and checkpoints, from wherever ``run.progress`` stands to the end."""
    plan, progress, reporter = run.plan, run.progress, run.reporter
    epoch_steps = math.ceil(len(rows) / plan.batch_size) * plan.repeats
    total = max(1, math.ceil(epoch_steps * plan.epochs))
    groups = groups_of(rows, at_most=plan.batch_size)
    saver = Saver(checkpoints, run.progress, run.module, run.optimizer, reporter, every=plan.checkpoint_seconds)

    @lru_cache(maxsize=1)
    def order_in(epoch: int) -> list[int]:
        return epoch_order(groups, order=plan.order, seed=plan.seed, epoch=epoch)

    try:
        with step(reporter, "train", total, unit="steps") as bar:
            bar.advance(progress.step)
            while True:
                due = progress.step and (progress.step % epoch_steps == 0 or progress.step >= total)
                if validation and due and progress.step not in progress.validation_steps:
                    run.within_memory(lambda: run.validate(validation), validation)
                    if progress.stopped:
                        say(reporter, f"  stopped early at step {progress.step}: validation no longer improves")
                saver.save_when_due(run.best, run.ranks.agree)
                if progress.step >= total or progress.stopped:
                    break
                epoch, position = divmod(progress.step, epoch_steps)
                first = position // plan.repeats * plan.batch_size
                batch = run.prepared([rows[i] for i in order_in(epoch)[first : first + plan.batch_size]])
                loss = run.within_memory(lambda batch=batch: run.step(batch, total), batch)
                bar.advance(note=f"loss {loss:.3f}")
    except Stopped:
        run.optimizer.zero_grad(set_to_none=True)
        if not progress.step:
            raise Stopped("stopped before its first step. The same command goes on there.") from None
        kept = "is saved" if not run.ranks.agree(True) or saver.save(run.best) else "could not be saved"
        where = f"stopped at step {progress.step} of {total}, which {kept}"
        raise Stopped(f"{where}. The same command goes on there.") from None
    saver.count_time()
    run.note_curve()


@contextmanager
def _engine(module: Any, layout: Layout, neftune: float) -> Generator[None]:
    """In training a model takes rows as they lie, computes LoRA in a step and drops out quickly; then as it was."""
    with layouts.laid_out(module, layout), fused_lora(module), quick_dropout(module), noisy_embeddings(module, neftune):
        yield


@dataclass(slots=True, kw_only=True)
class _Run:
    """One training's moving parts."""

    module: Any
    objective: Objective
    plan: Plan
    accelerator: Any
    optimizer: Any
    progress: Progress
    best: dict[str, Any]
    stop: StopRequest
    reporter: Reporter
    layout: Layout
    ranks: Ranks
    folder: Path

    @property
    def max_tokens(self) -> int:
        """Bound of a micro-batch: the plan's, or less since memory ran out."""
        return self.progress.max_tokens or self.plan.tokens_per_micro_batch

    def within_memory(self, work: Callable[[], Result], rows: Sequence[Row]) -> Result:
        """Do ``work`` on ``rows``; where memory runs out, again with smaller micro-batches.

        Several processes divide the same micro-batches among themselves: there it is an error.
        """
        if not self.ranks.alone:
            return work()

        def halve(reason: str) -> None:
            self.optimizer.zero_grad(set_to_none=True)
            self.progress.max_tokens = smaller(self.max_tokens, rows, self.layout, reason)
            note = Said(
                "Memory ran out at step %(step)s (%(why)s): micro-batches of at most %(n)s tokens from there on; the "
                "result is the same.",
                step=str(self.progress.step + 1),
                why=reason,
                n=str(self.progress.max_tokens),
            )
            warn(self.reporter, note)
            self.progress.notes.append(note)

        return within_memory(work, halve)

    def prepared(self, rows: Sequence[Row]) -> Sequence[Row]:
        """What a step learns from where it drew ``rows``; rows of several steps go along in the checkpoints."""
        preparation, repeats, progress = self.plan.preparation, self.plan.repeats, self.progress
        if preparation is None:
            return rows
        if not self.ranks.alone:
            raise TrainingError("This paradigm makes its rows from the model as it is, and trains in one process.")
        self.stop.check()
        if progress.carried and progress.step % repeats:
            return [row_of(stored) for stored in progress.carried]
        found = preparation.prepare(self.module, rows, step=progress.step, layout=self.layout)
        progress.carried = [asdict(row) for row in found] if repeats > 1 else []
        return found

    def step(self, rows: Sequence[Row], total: int) -> float:
        """One optimiser step over ``rows``; returns its mean loss."""
        import torch

        plan, progress = self.plan, self.progress
        self._end_together()
        self.module.train()
        torch.manual_seed(derive(plan.seed, "step", progress.step))
        set_rate(self.optimizer, plan.learning_rate * rate(progress.step, total=total, warmup=plan.warmup))
        weight = sum(row.weight for row in rows)
        summed = 0.0
        for micro, counts in self._mine(rows):
            loss, _ = self._loss(micro)
            if not torch.isfinite(loss):
                raise TrainingError(self._blamed(micro, self._finite_loss, "loss"))
            self.accelerator.backward(loss * counts / weight)
            summed += counts * float(loss.detach())
        (summed,) = self.ranks.add(summed)
        parameters = [p for p in self.module.parameters() if p.requires_grad]
        self.ranks.add_gradients(parameters)
        plan.course.add_gradients(self.module)
        norm = whole(torch.nn.utils.clip_grad_norm_(parameters, plan.clip))
        if not torch.isfinite(norm):  # checked before it reaches the weights, and with them the checkpoints
            raise TrainingError(self._blamed(rows, self._finite_gradient, "gradient"))
        self._update(total)
        progress.step += 1
        progress.pending_loss += summed
        progress.pending_weight += weight
        if progress.step % max(1, total // 100) == 0:  # a curve of about a hundred points
            self.note_curve()
        return summed / weight

    def _mine(self, rows: Sequence[Row]) -> Generator[tuple[Sequence[Row], float]]:
        """The micro-batches of ``rows`` that this process computes, and whether each counts (1) or not (0).

        Between two, one process alone may end.
        """
        for found in self.ranks.mine(micro_batches(rows, max_tokens=self.max_tokens, layout=self.layout)):
            if self.ranks.alone:
                self.stop.check()
            yield found

    def _end_together(self) -> None:
        """Several processes end at the same step, or those that go on would wait for the others for ever."""
        if self.ranks.alone:
            self.stop.check()
        elif self.ranks.add(float(self.stop.asked))[0]:
            raise Stopped("stopped")

    def _loss(self, micro: Sequence[Row]) -> tuple[Any, float]:
        """Summed loss and weight of a micro-batch."""
        with self.accelerator.autocast():
            device = str(self.accelerator.device)
            return self.objective(self.module, micro, pad=self.plan.pad, device=device, layout=self.layout)

    def _update(self, total: int) -> None:
        try:
            self.optimizer.step()
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            raise TrainingError(
                "There is not enough memory for the optimiser's two moments of each trained weight. Train fewer "
                "weights (method: lora), or choose a smaller model."
            ) from None
        self.plan.course.after_step(self.module, self.optimizer, step=self.progress.step + 1, total=total)
        self.optimizer.zero_grad(set_to_none=True)

    def _blamed(self, rows: Sequence[Row], is_finite: Callable[[Row], bool], what: str) -> str:
        """What to say of a loss or gradient that is no number; a split model is not asked about single rows."""
        step = self.progress.step + 1
        if self.ranks.split:
            saved = "The last checkpoint is whole."
            return f"The {what} of step {step} is not a number. Lower weights.learning_rate. {saved}"
        return blame(rows, is_finite, step=step, what=what)

    def _finite_loss(self, row: Row) -> bool:
        import torch

        with torch.no_grad():
            return bool(torch.isfinite(self._loss([row])[0]))

    def _finite_gradient(self, row: Row) -> bool:
        self.optimizer.zero_grad(set_to_none=True)
        self.accelerator.backward(self._loss([row])[0])
        gradients = [p.grad for p in self.module.parameters() if p.grad is not None]
        return all(bool(gradient.isfinite().all()) for gradient in gradients)

    def note_curve(self) -> None:
        """Put the loss since the last point onto the curve."""
        progress = self.progress
        if progress.pending_weight:
            progress.curve_steps.append(progress.step)
            progress.curve_losses.append(progress.pending_loss / progress.pending_weight)
            progress.pending_loss = progress.pending_weight = 0.0
            point(self.reporter, self.folder, step=progress.step, train_loss=progress.curve_losses[-1])

    def validate(self, rows: Sequence[Row]) -> None:
        """Measure the loss on ``rows``; keep the weights where it is the lowest; stop where it no longer falls."""
        self.module.eval()
        progress, preparation = self.progress, self.plan.preparation
        value = preparation.value(self.module, rows) if preparation else None
        if value is None:
            value = self._mean_loss(rows)
        if not progress.validation_losses or value < min(progress.validation_losses):
            progress.best_step = progress.step
            self.best = trainable(self.module)
        progress.validation_steps.append(progress.step)
        progress.validation_losses.append(value)
        point(self.reporter, self.folder, step=progress.step, validation_loss=value)
        since = len(progress.validation_steps) - 1 - progress.validation_steps.index(progress.best_step)
        progress.stopped = self.plan.patience > 0 and since >= self.plan.patience

    def _mean_loss(self, rows: Sequence[Row]) -> float:
        import torch

        preparation = self.plan.preparation
        if preparation is not None:
            rows = preparation.prepare(self.module, rows, step=self.progress.step, layout=self.layout)
        summed = weights = 0.0
        with torch.no_grad():
            for micro, counts in self._mine(rows):
                loss, weight = self._loss(micro)
                summed, weights = summed + counts * float(loss), weights + counts * weight
        if self.ranks.split:
            let_go(self.module)
        summed, weights = self.ranks.add(summed, weights)
        return summed / weights


def _place(module: Any, plan: Plan, accelerator: Any, ranks: Ranks) -> None:
    """Move the module to where it computes, whole or split over the processes."""
    if not ranks.split:
        module.to(accelerator.device)
        return
    if not plan.course.plain:
        raise TrainingError(
            "This training does more than gradient steps to its weights (a method, or a pull to the start, that must "
            "see them whole), and cannot be split over processes: leave out split."
        )
    split(module, accelerator.device)


def _accelerator(compute: Compute, module: Any) -> Any:
    """Device and autocast; weights that are trained stay float32, products run in ``compute.dtype``."""
    from accelerate import Accelerator

    # A frozen base that is stored in bfloat16 computes in it already: autocast would only convert back and forth.
    precision = "bf16" if is_mixed(compute, module) else "no"
    return Accelerator(cpu=compute.device == "cpu", mixed_precision=precision)
