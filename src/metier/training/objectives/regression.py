"""Squared error of a head with one number or several; targets should be standardised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.batching.padding import padded
from metier.training.rows import Row


def loss(module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout) -> tuple[Any, float]:
    """Summed squared error over rows and numbers, each row times its worth, and the sum of these.

    Rows are padded, whatever ``layout`` says.
    """
    import torch

    wanted = torch.tensor([row.wanted for row in rows], device=device)  # [B, K]
    given = module(**padded(rows, pad=pad, device=device)).logits.float()
    worth = torch.tensor([row.worth for row in rows], device=device)
    return (((given - wanted) ** 2).sum(1) * worth).sum(), sum(row.worth for row in rows)
