"""Cross-entropy on answers: tokens with weight 0 (the prompt) are read and not learnt.

Legend: ``B`` rows, ``T`` longest row, ``K`` longest run from the first trained token to the end, ``V`` vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.rows import Row


def loss(module: Any, rows: Sequence[Row], *, pad: int, device: str) -> tuple[Any, float]:
    """Summed weighted cross-entropy of the next token, in nats, and the sum of the weights.

    Rows are aligned at their ends, so that answers stand under each other and logits are computed for the last ``K``
    positions alone, never for the whole [B, T, V].
    """
    import torch

    width = max(len(row.ids) for row in rows)
    keep = max(len(row.ids) - _first_trained(row) for row in rows) + 1  # the position before predicts the first
    keep = min(keep, width)
    ids = torch.tensor([[pad] * (width - len(row.ids)) + list(row.ids) for row in rows], device=device)
    mask = torch.tensor([[0] * (width - len(row.ids)) + [1] * len(row.ids) for row in rows], device=device)
    weights = torch.tensor([[0.0] * (width - len(row.ids)) + list(row.weights) for row in rows], device=device)
    logits = module(
        input_ids=ids,
        attention_mask=mask,
        position_ids=(mask.cumsum(1) - 1).clamp(min=0),
        use_cache=False,
        logits_to_keep=keep,
    ).logits
    predicted = logits[:, :-1].float()  # [B, K - 1, V]: the last position predicts nothing that we know
    wanted, weight = ids[:, width - keep + 1 :], weights[:, width - keep + 1 :]
    chosen = weight > 0
    each = torch.nn.functional.cross_entropy(predicted[chosen], wanted[chosen], reduction="none")
    return (each * weight[chosen]).sum(), float(weight.sum())


def _first_trained(row: Row) -> int:
    return next(i for i, weight in enumerate(row.weights) if weight > 0)
