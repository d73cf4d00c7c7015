"""Cross-entropy of a classification head: one label a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.batching.padding import padded
from metier.training.rows import Row


def loss(
    module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout, smoothing: float = 0.0
) -> tuple[Any, float]:
    """Summed cross-entropy over rows, in nats, each times its worth, and the sum of these.

    Rows are padded, whatever ``layout`` says. Labels are smoothed in training only.
    """
    import torch

    labels = torch.tensor([row.label for row in rows], device=device)
    logits = module(**padded(rows, pad=pad, device=device)).logits.float()
    smoothing = smoothing if module.training else 0.0
    worth = torch.tensor([row.worth for row in rows], device=device)
    each = torch.nn.functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    return (each * worth).sum(), sum(row.worth for row in rows)
