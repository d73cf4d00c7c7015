"""Cross-entropy of a head on every token: one tag a token, and none where nothing is learnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.batching.padding import padded
from metier.training.rows import Row


def loss(
    module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout, smoothing: float = 0.0
) -> tuple[Any, float]:
    """Summed cross-entropy over tokens with a tag, in nats, each times the worth of its row, and the sum of these.

    Rows are padded, whatever ``layout`` says. Tags are smoothed in training only.
    """
    import torch

    inputs = padded(rows, pad=pad, device=device)
    width = inputs["input_ids"].shape[1]
    tags = torch.tensor([list(row.tags) + [-1] * (width - len(row.tags)) for row in rows], device=device)
    logits = module(**inputs).logits[:, -width:].float()  # [B, T, K]; PEFT puts virtual tokens before the text's
    learnt = tags >= 0
    smoothing = smoothing if module.training else 0.0
    worth = torch.tensor([[row.worth] for row in rows], device=device).expand_as(tags)[learnt]
    each = torch.nn.functional.cross_entropy(logits[learnt], tags[learnt], reduction="none", label_smoothing=smoothing)
    return (each * worth).sum(), sum(row.weight for row in rows)
