"""Binary cross-entropy of a head with one number a label, each label by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batches import Layout
from metier.training.padding import padded
from metier.training.rows import Row


def loss(
    module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout, smoothing: float = 0.0
) -> tuple[Any, float]:
    """Summed cross-entropy over rows and labels, in nats, and the number of rows; padded, whatever ``layout``.

    In training only, ``smoothing`` of a label's yes or no is spread evenly over both.
    """
    import torch

    wanted = torch.tensor([row.wanted for row in rows], device=device)  # [B, K]
    if smoothing and module.training:
        wanted = (1 - smoothing) * wanted + smoothing / 2
    logits = module(**padded(rows, pad=pad, device=device)).logits.float()
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction="sum")
    return each, float(len(rows))
