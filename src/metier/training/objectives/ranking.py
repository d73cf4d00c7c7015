"""A question's right text against its wrong ones, each read together with the question: for cross-encoders.

Softmax over the scores of a question's own texts (Gao et al. 2021, arXiv 2101.08751: localised contrastive estimation).

Legend: ``Q`` questions, ``C`` texts of a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.computing.in_parts import in_parts
from metier.training.rows import Row


def loss(module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout) -> tuple[Any, float]:
    """Summed cross-entropy of the right text among a question's texts, in nats, and the number of questions.

    Args:
        module: an encoder with a head of one output.
        rows: ``candidates`` are question and text together, the right one first.
        pad: id of the padding token.
        device: where the module is.
        layout: not looked at.
    """
    import torch

    def scores(ids: Any, mask: Any) -> Any:
        return module(input_ids=ids, attention_mask=mask).logits.float()[:, :1]

    found = in_parts(scores, [text for row in rows for text in row.candidates], pad=pad, device=device)[:, 0]
    total, start = found.new_zeros(()), 0
    for row in rows:
        end = start + len(row.candidates)
        total = total - torch.log_softmax(found[start:end], dim=0)[0]
        start = end
    return total, float(len(rows))
