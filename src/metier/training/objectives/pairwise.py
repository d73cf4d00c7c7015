"""A score that should be higher for a chosen answer than for a rejected one: a reward model (Bradley and Terry 1952).

``-log sigmoid(s(chosen) - s(rejected))``, as Ouyang et al. 2022 (arXiv 2203.02155) train theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.batching.padding import padded_ids
from metier.training.rows import Row


def loss(module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout) -> tuple[Any, float]:
    """Summed loss over pairs, in nats, and their number; rows are padded, whatever ``layout`` says."""
    import torch

    texts = [ids for row in rows for ids in (row.ids, row.rejected)]
    scores = text_scores(module, texts, pad=pad, device=device)
    return -torch.nn.functional.logsigmoid(scores[0::2] - scores[1::2]).sum(), float(len(rows))


def text_scores(module: Any, texts: Sequence[Sequence[int]], *, pad: int, device: str) -> Any:
    """The score of each text under an encoder with a head of one output, float32 [len(texts)] with gradient."""
    return module(**padded_ids(texts, pad=pad, device=device)).logits.float()[:, 0]
