"""Cross-entropy behind a language-model head, without ever holding all logits.

Logits of a chunk of positions are made, turned into loss and gradient at once, and dropped; memory is bounded by the
chunk (the idea of Liger's fused linear cross-entropy, Hsu et al. 2024, arXiv 2410.10989).

Legend: ``K`` positions that carry loss, ``D`` hidden width, ``V`` vocabulary.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

from metier.models.wrapping import base_of

CHUNK_NUMBERS = 32_000_000
"""Logits held at once, as a count of numbers (128 MB in float32): the head's weights are read once for each chunk."""
_CHUNK_ROWS = 512
"""Positions from which on a larger chunk is no quicker: it would only leave the processor's cache."""
_POST = ("final_logit_softcapping", "logits_scaling", "logit_scale")
"""What some models do to logits behind their head; a config with one of these needs the model's own way."""


def fused_head(module: Any) -> Any | None:
    """The head of a causal model if the loss can be computed behind it in chunks: a plain linear layer, frozen or not.

    None where the model does more behind its head (soft-capped or scaled logits), or adapts the head itself.
    """
    import torch

    base = base_of(module)
    head = base.get_output_embeddings() if hasattr(base, "get_output_embeddings") else None
    adds = hasattr(base, "final_logits_bias")  # BART's
    if type(head) is not torch.nn.Linear or adds or any(getattr(base.config, name, None) for name in _POST):
        return None
    return head


@contextmanager
def bypassed(head: Any) -> Generator[None]:
    """Within it, ``head`` passes its input through: the model returns hidden states in place of logits."""
    head.forward = _same
    try:
        yield
    finally:
        del head.forward


def _same(hidden: Any) -> Any:
    return hidden


def head_loss(hidden: Any, head: Any, targets: Any, weights: Any, *, smoothing: float = 0.0) -> Any:
    """Summed weighted cross-entropy in nats, a float32 scalar with gradient.

    With ``smoothing`` a target is that token in ``1 - smoothing`` parts and every token of the vocabulary, it too, in
    the rest: ``lse - (1 - s) z_target - s mean(z)``, torch's ``label_smoothing``.

    Args:
        hidden: hidden states, [K, D].
        head: linear layer D -> V.
        targets: token ids, [K].
        weights: float32, [K].
        smoothing: 0 to 1.
    """
    return _function().apply(hidden, head.weight, head.bias, targets, weights, smoothing)


@cache
def _function() -> Any:
    import torch

    class HeadLoss(torch.autograd.Function):
        """Loss and gradients of a chunk in one go."""

        @staticmethod
        def forward(ctx: Any, hidden: Any, weight: Any, bias: Any, targets: Any, weights: Any, smoothing: float) -> Any:
            wanted = any(ctx.needs_input_grad[:3])
            total = hidden.new_zeros((), dtype=torch.float32)
            grad_hidden = torch.empty_like(hidden) if wanted else None
            grad_weight = torch.zeros_like(weight) if ctx.needs_input_grad[1] else None
            grad_bias = torch.zeros_like(bias) if bias is not None and ctx.needs_input_grad[2] else None
            for start in range(0, len(hidden), size := min(_CHUNK_ROWS, max(1, CHUNK_NUMBERS // len(weight)))):
                part = slice(start, start + size)
                logits = torch.nn.functional.linear(hidden[part], weight, bias).float()  # [chunk, V]
                picked = logits.gather(1, targets[part, None])[:, 0]
                if smoothing:
                    picked = (1 - smoothing) * picked + smoothing * logits.mean(-1)
                highest = logits.amax(-1, keepdim=True)
                slope = logits.sub_(highest).exp_()  # in place: a chunk is the largest tensor of a training
                sums = slope.sum(-1, keepdim=True)
                total = total + (((highest + sums.log())[:, 0] - picked) * weights[part]).sum()
                if not wanted:
                    continue
                slope.mul_(weights[part, None] / sums)  # softmax, weighted
                slope.scatter_add_(1, targets[part, None], (smoothing - 1) * weights[part, None])
                if smoothing:
                    slope -= weights[part, None] * (smoothing / len(weight))
                slope = slope.to(hidden.dtype)
                assert grad_hidden is not None
                torch.mm(slope, weight.to(slope.dtype), out=grad_hidden[part])
                if grad_weight is not None:
                    grad_weight += slope.T @ hidden[part]
                if grad_bias is not None:
                    grad_bias += slope.sum(0)
            ctx.grads = grad_hidden, grad_weight, grad_bias
            return total

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            (scale,) = grads
            return *(None if g is None else g * scale.to(g.dtype) for g in ctx.grads), None, None, None

    return HeadLoss
