"""Answers that are marked good or bad, one by one, against how far the model has moved in general (KTO)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.computing.log_probs import Answered, answer_log_probs
from metier.training.paradigms.preference import PreferenceSettings, answer_losses
from metier.training.rows import Row


def loss(
    module: Any,
    rows: Sequence[Row],
    *,
    pad: int,
    device: str,
    layout: Layout,
    settings: PreferenceSettings | None = None,
) -> tuple[Any, float]:
    """Summed loss over answers, and their number. ``settings`` are bound by whoever trains; None: those of KTO."""
    import torch

    sequences = [Answered(row.ids, row.weights) for row in rows]
    sums, _ = answer_log_probs(module, sequences, pad=pad, device=device, layout=layout)
    ratios = sums - torch.tensor([row.reference[0] for row in rows], device=device)
    shift = torch.tensor([row.shift for row in rows], device=device)
    desirable = torch.tensor([bool(row.desirable) for row in rows], device=device)
    chosen = settings or PreferenceSettings(loss="kto")
    return answer_losses(chosen, ratios, shift, desirable).sum(), float(len(rows))
