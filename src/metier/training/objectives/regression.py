"""Squared error of a head with one number or several; targets should be standardised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batches import Layout
from metier.training.padding import padded
from metier.training.rows import Row


def loss(module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout) -> tuple[Any, float]:
    """Summed squared error over rows and numbers, and the number of rows; rows are padded, whatever ``layout``."""
    import torch

    wanted = torch.tensor([row.wanted for row in rows], device=device)  # [B, K]
    given = module(**padded(rows, pad=pad, device=device)).logits.float()
    return ((given - wanted) ** 2).sum(), float(len(rows))
