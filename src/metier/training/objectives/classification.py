"""Cross-entropy of a classification head: one label a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batches import Layout
from metier.training.rows import Row


def loss(module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout) -> tuple[Any, float]:
    """Summed cross-entropy over rows, in nats, and the number of rows; rows are padded, whatever ``layout`` says."""
    import torch

    width = max(len(row.ids) for row in rows)
    ids = torch.tensor([list(row.ids) + [pad] * (width - len(row.ids)) for row in rows], device=device)
    mask = torch.tensor([[1] * len(row.ids) + [0] * (width - len(row.ids)) for row in rows], device=device)
    labels = torch.tensor([row.label for row in rows], device=device)
    logits = module(input_ids=ids, attention_mask=mask).logits.float()
    return torch.nn.functional.cross_entropy(logits, labels, reduction="sum"), float(len(rows))
