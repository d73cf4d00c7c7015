"""After training, go back part of the way: ``w = base + scale * (w - base)``, the scale chosen on validation.

Less of what was learnt, and less forgotten: on the straight line between base and fine-tuned weights there is often a
place that is as good at the task as its end and keeps more of the base (Wortsman et al. 2022, WiSE-FT, arXiv
2109.01903). Decided here: of all scales whose validation loss is within one standard error of the lowest (of the paired
difference, over blocks of rows; the rule of Breiman et al. 1984), the smallest is taken: validation rows are of the
task alone and say nothing of what is forgotten, so that a tie goes to the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from metier.core import Reporter, TrainingError, step
from metier.core.said import Said
from metier.models import Compute
from metier.training.batching import layouts
from metier.training.batching.batches import micro_batches
from metier.training.objective import Objective
from metier.training.plan import Plan
from metier.training.rows import Row
from metier.training.stepping.checkpoints import put

BLOCKS = 30
"""Validation rows are cut into so many blocks, at most, whose losses are compared in pairs."""


class Scaled(NamedTuple):
    """How far a training was taken back.

    Attributes:
        chosen: the scale; 1 is the training as it ended.
        losses: mean validation loss by scale; empty where there was nothing to choose.
    """

    chosen: float
    losses: dict[float, float]

    def __str__(self) -> str:
        """A sentence for a person."""
        if not self.losses:
            return Said("Scaled after training: base + %(scale)s of what was learnt.", scale=f"{self.chosen:g}")
        return Said(
            "Scaled after training: base + %(scale)s of what was learnt, the smallest scale whose validation loss "
            "cannot be told from the lowest (%(losses)s).",
            scale=f"{self.chosen:g}",
            losses=", ".join(f"{scale:g}: {loss:.4f}" for scale, loss in self.losses.items()),
        )


def scale_back(
    module: Any,
    base: Mapping[str, Any],
    scales: Sequence[float],
    objective: Objective,
    rows: Sequence[Row],
    plan: Plan,
    *,
    compute: Compute,
    reporter: Reporter,
) -> Scaled:
    """Scale what a module has learnt, in place.

    Args:
        module: after training.
        base: by name, what the parameters to scale are where nothing has been learnt.
        scales: one to take, or several to choose from, beside 1.
        objective: the loss.
        rows: validation rows.
        plan: layout, tokens of a micro-batch, padding.
        compute: device and precision.
        reporter: told of the progress.

    Raises:
        TrainingError: there are several scales and no validation rows.
    """
    learnt = {name: p.detach().clone() for name, p in module.named_parameters() if name in base}

    def take(scale: float) -> None:
        put(module, {name: base[name].to(now.device).lerp(now, scale) for name, now in learnt.items()})

    if len(scales) == 1:
        take(scales[0])
        return Scaled(scales[0], {})
    if not rows:
        raise TrainingError(
            "There are no validation rows to choose weights.scale by: give one number, or leave it out."
        )
    candidates = sorted({*scales, 1.0})
    blocks: dict[float, Any] = {}
    weights: Any = None
    probe = plan.probe or objective
    layout = layouts.choose(module, probe, rows[0], wanted=plan.layout, padded=plan.padded).layout
    module.eval()
    with layouts.laid_out(module, layout), step(reporter, "scale", len(candidates)) as bar:
        for scale in candidates:
            take(scale)
            blocks[scale], weights = _losses(module, objective, rows, plan, layout=layout, compute=compute)
            bar.advance()
    chosen = smallest_as_good(blocks, weights)
    take(chosen)
    return Scaled(chosen, {scale: float(sums.sum() / weights.sum()) for scale, sums in blocks.items()})


def smallest_as_good(blocks: Mapping[float, Any], weights: Any) -> float:
    """The smallest scale whose mean loss is at most one standard error above the lowest.

    Args:
        blocks: by scale, the summed loss of each block of rows.
        weights: of each block.

    >>> smallest_as_good({0.5: np.array([1.1, 0.9, 1.0]), 1.0: np.array([0.9, 1.0, 1.0])}, np.ones(3))
    0.5
    >>> smallest_as_good({0.5: np.array([2.1, 1.9, 2.0]), 1.0: np.array([0.9, 1.0, 1.0])}, np.ones(3))
    1.0
    """
    best = min(blocks, key=lambda scale: (blocks[scale].sum(), scale))
    for scale in sorted(blocks):
        differences = (blocks[scale] - blocks[best]) / weights
        error = differences.std(ddof=1) / len(differences) ** 0.5 if len(differences) > 1 else 0.0
        if (blocks[scale] - blocks[best]).sum() / weights.sum() <= error:
            return scale
    return best


def _losses(
    module: Any, objective: Objective, rows: Sequence[Row], plan: Plan, *, layout: Any, compute: Compute
) -> tuple[Any, Any]:
    """Summed loss and weight of each block of rows."""
    import torch

    half = torch.autocast(compute.device, torch.bfloat16, enabled=compute.dtype == "bfloat16")
    sums: list[float] = []
    weights: list[float] = []
    with torch.no_grad(), half:
        for block in _blocks(rows):
            summed = weight = 0.0
            for micro in micro_batches(block, max_tokens=plan.tokens_per_micro_batch, layout=layout):
                loss, part = objective(module, micro, pad=plan.pad, device=compute.device, layout=layout)
                summed, weight = summed + float(loss), weight + part
            sums.append(summed)
            weights.append(weight)
    return np.array(sums), np.array(weights)


def _blocks(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    size = -(-len(rows) // BLOCKS)
    return (rows[start : start + size] for start in range(0, len(rows), size))
