"""Log-probabilities of the answers of several sequences, with gradients, in any layout.

Legend: ``S`` sequences, ``K`` positions that predict a token of an answer, ``V`` vocabulary, ``D`` hidden width.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

from metier.models import padded, shifted
from metier.models.trees.forest import plant
from metier.models.trees.last_layer import computing
from metier.training.batching.batches import Layout
from metier.training.computing.head_loss import CHUNK_NUMBERS, bypassed, fused_head


class Answered(NamedTuple):
    """A sequence of token ids, and which of them are its answer (weights above 0)."""

    ids: tuple[int, ...]
    weights: tuple[float, ...]


def answer_log_probs(
    module: Any, sequences: Sequence[Answered], *, pad: int, device: str, layout: Layout
) -> tuple[Any, Any]:
    """Summed log-probability of each sequence's answer, float32 [S] with gradient, and its number of tokens, [S]."""
    import torch

    each, places = token_log_probs(module, sequences, pad=pad, device=device, layout=layout)
    sums = torch.zeros(len(sequences), device=device).index_add(0, places, each)
    return sums, torch.bincount(places, minlength=len(sequences)).clamp(min=1)


def token_log_probs(
    module: Any,
    sequences: Sequence[Answered],
    *,
    pad: int,
    device: str,
    layout: Layout,
    temperature: float = 1.0,
) -> tuple[Any, Any]:
    """Log-probability of each token of each answer, float32 [K] with gradient, and its sequence's index, [K].

    Sequences in their order, tokens in theirs. Logits, divided by ``temperature``, are made at positions that predict
    an answer alone, in chunks that are made again in the backward pass.
    """
    import torch
    from torch.utils.checkpoint import checkpoint

    owner = [s for s, sequence in enumerate(sequences) for _ in answer_positions(sequence)]
    targets = [sequence.ids[position] for sequence in sequences for position in answer_positions(sequence)]
    wanted, places = torch.tensor(targets, device=device), torch.tensor(owner, device=device)
    states, head = answer_states(module, sequences, pad=pad, device=device, layout=layout)
    parts = [
        checkpoint(_picked, head, states[at], wanted[at], temperature, use_reentrant=False)
        for at in chunks(len(targets), states, head)
    ]
    return torch.cat(parts), places


def chunks(count: int, states: Any, head: Any) -> list[slice]:
    """``count`` positions in runs whose logits are few enough to be held at once."""
    vocabulary = head.weight.shape[0] if head is not None else states.shape[-1]
    size = max(1, CHUNK_NUMBERS // 2 // vocabulary)  # they are held beside their gradient
    return [slice(start, start + size) for start in range(0, count, size)]


def word_log_probs(
    module: Any,
    shown: Sequence[Sequence[int]],
    wanted: Sequence[Sequence[tuple[int, int]]],
    *,
    pad: int,
    device: str,
) -> Any:
    """Summed log-probability of the hidden tokens of each row under an encoder, float32 [S] without gradient.

    Args:
        module: with the head of masked language modelling.
        shown: token ids of each row, with masks.
        wanted: place and token of each hidden one, by row.
        pad: id of the padding token.
        device: where it computes.
    """
    import torch

    width = max(map(len, shown))
    ids = torch.tensor([list(row) + [pad] * (width - len(row)) for row in shown], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in shown], device=device)
    owner = torch.tensor([s for s, row in enumerate(wanted) for _ in row], device=device)
    place = torch.tensor([place for row in wanted for place, _ in row], device=device)
    token = torch.tensor([token for row in wanted for _, token in row], device=device)
    head = fused_head(module)
    with bypassed(head) if head is not None else nullcontext():
        states = module(input_ids=ids, attention_mask=mask).logits[owner, place]  # [K, D or V]
    parts = [_picked(head, states[at], token[at], 1.0) for at in chunks(len(token), states, head)]
    return torch.zeros(len(shown), device=device).index_add(0, owner, torch.cat(parts))


def written_log_probs(
    module: Any, sources: Sequence[Sequence[int]], sequences: Sequence[Answered], *, pad: int, device: str
) -> Any:
    """Summed log-probability of the chosen tokens (weights above 0) that a decoder writes, float32 [S].

    Args:
        module: an encoder-decoder model.
        sources: what the encoder reads.
        sequences: what the decoder writes.
        pad: id of the padding token.
        device: where it computes.
    """
    import torch

    ids, mask = padded(sources, pad, device)
    wanted, _ = padded([sequence.ids for sequence in sequences], pad, device)
    logits = module(
        input_ids=ids, attention_mask=mask, decoder_input_ids=shifted(module, wanted), use_cache=False
    ).logits.float()
    picked = logits.gather(2, wanted[..., None])[..., 0] - logits.logsumexp(-1)
    width = wanted.shape[1]
    chosen = [[float(w > 0) for w in s.weights] + [0.0] * (width - len(s.weights)) for s in sequences]
    return (picked * torch.tensor(chosen, device=device)).sum(1)


def answer_positions(sequence: Answered) -> list[int]:
    """Positions of the answer's tokens; the first token stands behind nothing and is never predicted."""
    return [position for position, weight in enumerate(sequence.weights) if weight > 0 and position]


def _picked(head: Any, states: Any, wanted: Any, temperature: float) -> Any:
    """Log-probabilities of the wanted tokens, [K]; ``states`` are hidden states, or logits where there is no head."""
    logits = (states if head is None else head(states)).float() / temperature
    return logits.gather(1, wanted[:, None])[:, 0] - logits.logsumexp(-1)


def answer_states(
    module: Any, sequences: Sequence[Answered], *, pad: int, device: str, layout: Layout
) -> tuple[Any, Any]:
    """Hidden states before each answer token, [K, D], and the head; or logits [K, V] and None."""
    head = fused_head(module)
    make = _padded if layout == "padded" else _packed
    if head is None:
        return make(module, sequences, pad, device, layout), None
    with bypassed(head):
        return make(module, sequences, pad, device, layout), head


def _packed(module: Any, sequences: Sequence[Answered], pad: int, device: str, layout: Layout) -> Any:
    import torch

    rows = [sequence.ids for sequence in sequences]
    forest = plant(rows) if layout == "tree" else plant(rows, min_shared=None)
    before = [
        forest.places(s)[position - 1]
        for s, sequence in enumerate(sequences)
        for position in answer_positions(sequence)
    ]
    keep = sorted(set(before))
    column = {place: i for i, place in enumerate(keep)}
    with computing(forest, module, device, torch.tensor(keep, device=device)) as kept:
        states = module(
            input_ids=torch.tensor([forest.ids], device=device),
            position_ids=torch.tensor([forest.positions], device=device),
            use_cache=False,
            logits_to_keep=kept,
        ).logits[0]
    return states[torch.tensor([column[place] for place in before], device=device)]


def _padded(module: Any, sequences: Sequence[Answered], pad: int, device: str, layout: Layout) -> Any:
    import torch

    width = max(len(sequence.ids) for sequence in sequences)
    ids = torch.tensor([list(s.ids) + [pad] * (width - len(s.ids)) for s in sequences], device=device)
    mask = torch.tensor([[1] * len(s.ids) + [0] * (width - len(s.ids)) for s in sequences], device=device)
    states = module(input_ids=ids, attention_mask=mask, use_cache=False).logits  # [S, T, D or V]
    rows = [s for s, sequence in enumerate(sequences) for _ in answer_positions(sequence)]
    before = [position - 1 for sequence in sequences for position in answer_positions(sequence)]
    return states[torch.tensor(rows, device=device), torch.tensor(before, device=device)]
