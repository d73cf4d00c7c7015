"""Binary cross-entropy of a head with one number a label, each label by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.batching.padding import padded
from metier.training.rows import Row


def loss(
    module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout, smoothing: float = 0.0
) -> tuple[Any, float]:
    """Summed cross-entropy over rows and labels, in nats, each row times its worth, and the sum of these.

    Rows are padded, whatever ``layout`` says.
    In training only, ``smoothing`` of a label's yes or no is spread evenly over both.
    """
    import torch

    wanted = torch.tensor([row.wanted for row in rows], device=device)  # [B, K]
    if smoothing and module.training:
        wanted = (1 - smoothing) * wanted + smoothing / 2
    logits = module(**padded(rows, pad=pad, device=device)).logits.float()
    worth = torch.tensor([row.worth for row in rows], device=device)
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return (each.sum(1) * worth).sum(), sum(row.worth for row in rows)
