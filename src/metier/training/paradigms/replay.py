"""Against forgetting: general text mixed into training, and what of it was forgotten, measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from metier.core import Reporter, step
from metier.models import Compute
from metier.training.batching import layouts
from metier.training.batching.batches import micro_batches
from metier.training.objectives.completion import loss
from metier.training.paradigms.replay_settings import ReplaySettings
from metier.training.plan import Plan
from metier.training.rows import Row


def mixed(rows: Sequence[Row], pieces: Sequence[Row], *, share: float) -> list[Row]:
    """``rows`` and ``pieces``, the weights of the latter scaled so that they are ``share`` of all weight.

    >>> own = [Row(id="a", ids=(1, 2, 3), weights=(0.0, 0.0, 1.0))]
    >>> [row.weight for row in mixed(own, [Row(id="b", ids=(4, 5, 6), weights=(1.0, 1.0, 1.0))], share=0.5)]
    [1.0, 1.0]
    """
    theirs = sum(row.weight for row in pieces)
    if not theirs:
        return list(rows)
    scale = share / (1 - share) * sum(row.weight for row in rows) / theirs
    return [
        *rows,
        *(replace(row, weights=tuple(weight * scale for weight in row.weights), replayed=True) for row in pieces),
    ]


def wanted_pieces(settings: ReplaySettings, rows: int) -> int:
    """How many pieces are replayed beside so many rows.

    >>> wanted_pieces(ReplaySettings(texts="a.txt", share=0.2), 80)
    20
    """
    if settings.generated:
        return settings.generated
    return settings.pieces or math.ceil(rows * settings.share / (1 - settings.share))


def bits_per_byte(
    module: Any, pieces: Sequence[Row], size: int, plan: Plan, *, compute: Compute, reporter: Reporter
) -> float:
    """Cross-entropy of ``pieces`` under ``module`` in bits, over ``size`` bytes of text that their tokens stand for."""
    import torch

    layout = layouts.choose(module, loss, pieces[0], wanted=plan.layout).layout
    module.to(compute.device).eval()
    nats = 0.0
    laid_out = layouts.laid_out(module, layout)
    with laid_out, torch.no_grad(), step(reporter, "general text", len(pieces), unit="pieces") as bar:
        for micro in micro_batches(pieces, max_tokens=plan.tokens_per_micro_batch, layout=layout):
            nats += float(loss(module, micro, pad=plan.pad, device=compute.device, layout=layout)[0])
            bar.advance(len(micro))
    return nats / math.log(2) / size
