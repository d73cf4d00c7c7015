"""Cross-entropy on what the decoder of an encoder-decoder model writes; what the encoder reads is not learnt.

Legend: ``B`` rows, ``T`` the longest answer, ``K`` positions that carry loss, ``D`` hidden width, ``V`` vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from metier.models import padded, shifted
from metier.training.batching.batches import Layout
from metier.training.computing.head_loss import bypassed, fused_head, head_loss
from metier.training.rows import Row


def loss(
    module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout, smoothing: float = 0.0
) -> tuple[Any, float]:
    """Summed weighted cross-entropy in nats, and the sum of the weights; rows are padded, whatever ``layout`` says.

    Targets are smoothed in training only.
    """
    import torch

    ids, mask = padded([row.source for row in rows], pad, device)
    wanted, real = padded([row.ids for row in rows], pad, device)  # [B, T]
    weights = [weight for row in rows for weight in row.weights]
    weight = torch.tensor(weights, device=device)
    chosen = real.bool()
    smoothing = smoothing if module.training else 0.0
    head = fused_head(module)
    with bypassed(head) if head is not None else nullcontext():
        states = module(
            input_ids=ids, attention_mask=mask, decoder_input_ids=shifted(module, wanted), use_cache=False
        ).logits[chosen]  # [K, D], or [K, V] without a head that can be set apart
    if head is not None:
        return head_loss(states, head, wanted[chosen], weight, smoothing=smoothing), sum(weights)
    each = torch.nn.functional.cross_entropy(
        states.float(), wanted[chosen], reduction="none", label_smoothing=smoothing
    )
    return (each * weight).sum(), sum(weights)
