"""What the model at the start thinks of both answers of each pair: computed once, before it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from metier.core import Reporter, step
from metier.models import Compute
from metier.training.batching import layouts
from metier.training.batching.batches import micro_batches
from metier.training.computing.log_probs import answer_log_probs
from metier.training.objective import Objective
from metier.training.objectives.preference import sequences
from metier.training.plan import Plan
from metier.training.rows import Row


def with_reference(
    module: Any, rows: Sequence[Row], objective: Objective, plan: Plan, *, compute: Compute, reporter: Reporter
) -> list[Row]:
    """``rows`` with the log-probabilities of both answers under ``module`` as it is now.

    Args:
        module: before training; it is not changed.
        rows: pairs.
        objective: what it will be trained for; decides, with the module, how rows are laid out.
        plan: layout, tokens of a micro-batch, padding.
        compute: the device.
        reporter: told of the progress.
    """
    import torch

    if not rows:
        return []
    layout = layouts.choose(module, objective, rows[0], wanted=plan.layout).layout
    module.to(compute.device).eval()
    found: dict[str, tuple[float, float]] = {}
    laid_out = layouts.laid_out(module, layout)
    with laid_out, torch.no_grad(), step(reporter, "reference", len(rows)) as bar:
        for micro in micro_batches(rows, max_tokens=plan.tokens_per_micro_batch, layout=layout):
            sums, _ = answer_log_probs(module, sequences(micro), pad=plan.pad, device=compute.device, layout=layout)
            pairs = sums.view(-1, 2).tolist()
            found |= {row.id: (chosen, rejected) for row, (chosen, rejected) in zip(micro, pairs, strict=True)}
            bar.advance(len(micro))
    return [replace(row, reference=found[row.id]) for row in rows]
