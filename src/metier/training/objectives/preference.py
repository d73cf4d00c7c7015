"""A chosen answer against a rejected one; both stand behind the same prompt, which a tree computes once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.computing.log_probs import Answered, answer_log_probs
from metier.training.paradigms.preference import Answers, PreferenceSettings, pair_losses
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
    """Summed loss over pairs, and their number. ``settings`` are bound by whoever trains; None: those of DPO."""
    import torch

    sums, lengths = answer_log_probs(module, sequences(rows), pad=pad, device=device, layout=layout)
    reference = torch.tensor([row.reference for row in rows], device=device)  # [N, 2]
    chosen = Answers(sums[0::2], lengths[0::2], reference[:, 0])
    rejected = Answers(sums[1::2], lengths[1::2], reference[:, 1])
    return pair_losses(settings or PreferenceSettings(), chosen, rejected).sum(), float(len(rows))


def sequences(rows: Sequence[Row]) -> list[Answered]:
    """The two answers of each pair in turns: chosen, rejected, chosen, ..."""
    return [
        sequence
        for row in rows
        for sequence in (Answered(row.ids, row.weights), Answered(row.rejected, row.rejected_weights))
    ]
