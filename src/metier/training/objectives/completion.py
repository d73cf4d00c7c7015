"""Cross-entropy on answers: tokens with weight 0 (the prompt) are read and not learnt.

Legend: ``B`` rows, ``T`` packed tokens or the longest row, ``K`` positions that carry loss, ``V`` vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.models.trees.forest import Forest, plant
from metier.models.trees.last_layer import computing
from metier.training.batching.batches import Layout
from metier.training.computing.head_loss import bypassed, fused_head, head_loss
from metier.training.rows import Row


def loss(
    module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout, smoothing: float = 0.0
) -> tuple[Any, float]:
    """Summed weighted cross-entropy of the next token, in nats, and the sum of the weights.

    Packed layouts need :func:`metier.models.trees.tree_attention.use_trees` around the call. Logits are computed at
    positions that carry loss alone, and in chunks where the model's head allows it. Targets are smoothed in training
    only.
    """
    smoothing = smoothing if module.training else 0.0
    if layout == "padded":
        return _padded(module, rows, pad, device, smoothing)
    forest = plant([row.ids for row in rows]) if layout == "tree" else plant([r.ids for r in rows], min_shared=None)
    return _packed(module, rows, forest, device, smoothing)


def _packed(module: Any, rows: Sequence[Row], forest: Forest, device: str, smoothing: float) -> tuple[Any, float]:
    import torch

    places, targets, weights = _wanted(rows, forest)
    keep = torch.tensor(sorted(set(places)), device=device)
    column = {place: i for i, place in enumerate(keep.tolist())}
    inputs = {
        "input_ids": torch.tensor([forest.ids], device=device),
        "position_ids": torch.tensor([forest.positions], device=device),
        "use_cache": False,
    }
    chosen = torch.tensor([column[place] for place in places], device=device)
    wanted, weight = torch.tensor(targets, device=device), torch.tensor(weights, device=device)
    head = fused_head(module)
    with computing(forest, module, device, keep) as kept:
        if head is None:
            logits = module(**inputs, logits_to_keep=kept).logits[0, chosen].float()  # [K, V]
            each = torch.nn.functional.cross_entropy(logits, wanted, reduction="none", label_smoothing=smoothing)
            return (each * weight).sum(), sum(weights)
        with bypassed(head):
            hidden = module(**inputs, logits_to_keep=kept).logits[0, chosen]  # [K, D]
    return head_loss(hidden, head, wanted, weight, smoothing=smoothing), sum(weights)


def _wanted(rows: Sequence[Row], forest: Forest) -> tuple[list[int], list[int], list[float]]:
    """What is learnt where: packed place, next token and weight; what several rows learn at one place is added up."""
    found: dict[tuple[int, int], float] = {}
    for number, row in enumerate(rows):
        places = forest.places(number)
        for position, weight in enumerate(row.weights):
            if weight > 0 and position:
                key = places[position - 1], row.ids[position]
                found[key] = found.get(key, 0.0) + weight
    return [place for place, _ in found], [token for _, token in found], list(found.values())


def _padded(module: Any, rows: Sequence[Row], pad: int, device: str, smoothing: float) -> tuple[Any, float]:
    """Rows aligned at their ends, so that answers stand under each other and the last positions are enough."""
    import torch

    width = max(len(row.ids) for row in rows)
    keep = min(max(len(row.ids) - _first_trained(row) for row in rows) + 1, width)  # the one before predicts the first
    ids = torch.tensor([[pad] * (width - len(row.ids)) + list(row.ids) for row in rows], device=device)
    mask = torch.tensor([[0] * (width - len(row.ids)) + [1] * len(row.ids) for row in rows], device=device)
    weights = torch.tensor([[0.0] * (width - len(r.ids) + 1) + list(r.weights[1:]) for r in rows], device=device)
    logits = module(
        input_ids=ids,
        attention_mask=mask,
        position_ids=(mask.cumsum(1) - 1).clamp(min=0),
        use_cache=False,
        logits_to_keep=keep,
    ).logits
    predicted = logits[:, :-1]  # [B, K, V]: the last position predicts nothing that we know
    wanted, weight = ids[:, width - keep + 1 :], weights[:, width - keep + 1 :]
    chosen = weight > 0
    each = torch.nn.functional.cross_entropy(
        predicted[chosen].float(), wanted[chosen], reduction="none", label_smoothing=smoothing
    )
    return (each * weight[chosen]).sum(), float(weight.sum())


def _first_trained(row: Row) -> int:
    return next((i for i, weight in enumerate(row.weights) if weight > 0 and i), len(row.ids) - 1)
