"""Cross-entropy of a classification head: one label a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batches import Layout
from metier.training.padding import padded
from metier.training.rows import Row


def loss(
    module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout, smoothing: float = 0.0
) -> tuple[Any, float]:
    """Summed cross-entropy over rows, in nats, and the number of rows; rows are padded, whatever ``layout`` says.

    Labels are smoothed in training only.
    """
    import torch

    labels = torch.tensor([row.label for row in rows], device=device)
    logits = module(**padded(rows, pad=pad, device=device)).logits.float()
    smoothing = smoothing if module.training else 0.0
    found = torch.nn.functional.cross_entropy(logits, labels, reduction="sum", label_smoothing=smoothing)
    return found, float(len(rows))
