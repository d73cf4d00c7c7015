"""Masked language modelling: words are hidden from an encoder, which foretells them from both sides.

Devlin et al. 2019, arXiv 1810.04805: of the chosen tokens 80% become the mask, 10% another token, 10% stay. They are
chosen anew in every step (Liu et al. 2019, arXiv 1907.11692), and always the same for validation.

Legend: ``B`` rows, ``T`` the longest row, ``K`` chosen positions, ``D`` hidden width, ``V`` vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from metier.core import derive
from metier.training.batching.batches import Layout
from metier.training.computing.head_loss import bypassed, fused_head, head_loss
from metier.training.rows import Row

SHARE = 0.15
"""Share of a row's tokens that are chosen; at least one is."""
_MASKED, _OTHER = 0.8, 0.1


class Masking(NamedTuple):
    """What hiding words takes: the mask's id, and the number of tokens of the vocabulary."""

    mask: int
    vocabulary: int


def loss(
    module: Any,
    rows: Sequence[Row],
    *,
    pad: int,
    device: str,
    layout: Layout,
    masking: Masking,
    smoothing: float = 0.0,
) -> tuple[Any, float]:
    """Summed cross-entropy of the chosen tokens, in nats, scaled to the rows' weights, and the sum of these.

    Rows are padded, whatever ``layout`` says; tokens with weight 0 (marks) are never chosen. ``masking`` is bound by
    whoever trains. Targets are smoothed in training only.
    """
    import torch

    smoothing = smoothing if module.training else 0.0

    seed = torch.initial_seed() if module.training else 0  # of this step; see metier.training.supervised
    width = max(len(row.ids) for row in rows)
    shown = torch.full((len(rows), width), pad)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    at, wanted, weights = list[list[int]](), list[int](), list[float]()
    for number, row in enumerate(rows):
        chosen, ids = hidden(row, masking, seed=derive(seed, "masks", row.id))
        shown[number, : len(ids)] = torch.tensor(ids)
        mask[number, : len(ids)] = 1
        at += [[number, place] for place in chosen]
        wanted += [row.ids[place] for place in chosen]
        weights += [row.weight / len(chosen)] * len(chosen)
    place = torch.tensor(at, device=device)
    head = fused_head(module)
    inputs = {"input_ids": shown.to(device), "attention_mask": mask.to(device)}
    targets, weight = torch.tensor(wanted, device=device), torch.tensor(weights, device=device)
    if head is None:
        logits = module(**inputs).logits[place[:, 0], place[:, 1]].float()  # [K, V]
        each = torch.nn.functional.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
        return (each * weight).sum(), sum(weights)
    with bypassed(head):
        states = module(**inputs).logits[place[:, 0], place[:, 1]]  # [K, D]
    return head_loss(states, head, targets, weight, smoothing=smoothing), sum(weights)


def hidden(row: Row, masking: Masking, *, seed: int) -> tuple[list[int], list[int]]:
    """Which tokens of a row are to be foretold, and its ids as the model sees them."""
    from random import Random

    draw = Random(seed)
    places = [place for place, weight in enumerate(row.weights) if weight > 0]
    chosen = sorted(draw.sample(places, max(1, round(SHARE * len(places)))))
    ids = list(row.ids)
    for place in chosen:
        fate = draw.random()
        if fate < _MASKED:
            ids[place] = masking.mask
        elif fate < _MASKED + _OTHER:
            ids[place] = draw.randrange(masking.vocabulary)
    return chosen, ids
