"""InfoNCE for embedders: a question is nearer to its right text than to its wrong ones and to all texts of its step.

The softmax over cosines divided by a temperature (van den Oord et al. 2018, arXiv 1807.03748), with the texts of the
other questions as further wrong ones (Henderson et al. 2017, arXiv 1705.00652: multiple negatives ranking) beside mined
ones (Karpukhin et al. 2020, arXiv 2004.04906). A text that stands several times in a step is computed once, and is
never a wrong one where it is right. Texts go through the model in parts, which are computed again for the gradient, so
that memory does not grow with the step (as in GradCache, Gao et al. 2021, arXiv 2101.06983).

Legend: ``Q`` questions, ``C`` different texts of the step, ``D`` width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from metier.training.batching.batches import Layout
from metier.training.computing.in_parts import in_parts
from metier.training.rows import Row

TEMPERATURE = 0.05


def loss(
    module: Any,
    rows: Sequence[Row],
    *,
    pad: int,
    device: str,
    layout: Layout,
    temperature: float = TEMPERATURE,
    pooling: Literal["mean", "first"] = "mean",
) -> tuple[Any, float]:
    """Summed InfoNCE over the questions, in nats, and their number.

    Args:
        module: the bare body of an encoder.
        rows: ``ids`` are the question, ``candidates`` its texts, the right one first.
        pad: id of the padding token.
        device: where the module is.
        layout: not looked at.
        temperature: cosines are divided by it.
        pooling: what stands for a text: the mean over its tokens, or its first token.
    """
    import torch

    texts = list(dict.fromkeys(text for row in rows for text in row.candidates))
    place = {text: i for i, text in enumerate(texts)}

    def vectors(ids: Any, mask: Any) -> Any:
        hidden = module(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask[:, :, None].float()
        pooled = hidden[:, 0] if pooling == "first" else (hidden * weights).sum(1) / weights.sum(1)
        return torch.nn.functional.normalize(pooled, dim=1)

    found = in_parts(vectors, [*(row.ids for row in rows), *texts], pad=pad, device=device)  # [Q + C, D]
    cosines = found[: len(rows)] @ found[len(rows) :].T  # [Q, C]
    right = torch.tensor([place[row.candidates[0]] for row in rows], device=device)
    losses = torch.nn.functional.cross_entropy(cosines / temperature, right, reduction="sum")
    return losses, float(len(rows))
