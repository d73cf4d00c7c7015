"""Dropout whose masks cost little on a CPU: torch draws them one number after another, a fifth of an encoder's step.

A mask is drawn from 16 bits a number (SFC64, Doty-Humphrey's generator in numpy) with a seed from torch's own: what is
dropped is another draw of the same distribution, as reproducible, with its probability rounded to 1/65,536. Attention
that drops shares is written out beside it, for torch's quick kernels on a CPU know no dropout.

Legend: ``B`` rows, ``H`` heads, ``Q`` queries, ``T`` keys, ``D`` width of a head.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

import numpy as np

from metier.models.wrapping import attending_by, base_of

NAME = "metier_dropout"
"""The name under which transformers knows this attention."""
_STEPS = 1 << 16


@contextmanager
def quick_dropout(module: Any) -> Generator[int]:
    """Within it, ``module`` drops out by this file where it is on a CPU and trains; afterwards as before.

    Yields:
        how many layers do; attention that another implementation than SDPA computes is not among them.
    """
    import torch

    found = [layer for layer in module.modules() if type(layer) is torch.nn.Dropout and 0 < layer.p < 1]
    if not found or next(module.parameters()).device.type != "cpu":
        yield 0
        return
    for layer in found:
        layer.forward = _forward(layer)
    attends = getattr(getattr(base_of(module), "config", None), "_attn_implementation", None) == "sdpa"
    if attends:
        _register()
    try:
        with attending_by(NAME, module) if attends else nullcontext():
            yield len(found)
    finally:
        for layer in found:
            del layer.forward


def kept(shape: Sequence[int], p: float) -> tuple[Any, float]:
    """Which numbers stay, bool of ``shape``, each with probability ``1 - p``; and by what they grow: ``1 / (1 - p)``.

    Both are of ``p`` rounded to 1/65,536. Uses torch's random state.
    """
    import torch

    dropped = min(max(1, round(p * _STEPS)), _STEPS - 1)
    seed, count = int(torch.randint(1 << 62, ())), int(np.prod(shape))
    raw: Any = np.random.SFC64(seed).random_raw(count // 4 + 1)
    bits = torch.from_numpy(raw.view(np.int16)[:count])
    return (bits >= dropped - _STEPS // 2).view(*shape), _STEPS / (_STEPS - dropped)


def _forward(layer: Any) -> Any:
    def forward(x: Any) -> Any:
        return _dropout().apply(x, layer.p) if layer.training else x

    return forward


def _register() -> None:
    from transformers import AttentionInterface
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, AttentionMaskInterface

    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])


def attention(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    **more: Any,
) -> tuple[Any, None]:
    """The function that transformers calls: query [B, H, Q, D], key and value [B, H, T, D] -> [B, Q, H, D].

    Where nothing is dropped, or positions decide by themselves who sees whom, it is transformers' own.
    """
    import torch
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    causal = attention_mask is None and query.shape[2] > 1 and more.get("is_causal", getattr(module, "is_causal", True))
    if not 0 < dropout < 1 or causal or query.shape[1] != key.shape[1]:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **more
        )
    if torch.is_autocast_enabled(query.device.type):
        rounded = torch.get_autocast_dtype(query.device.type)
        query, key, value = query.to(rounded), key.to(rounded), value.to(rounded)
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    return _attention().apply(query, key, value, attention_mask, scale, dropout).transpose(1, 2).contiguous(), None


@cache
def _dropout() -> Any:
    """The autograd function; made on first use, for torch is not imported before."""
    import torch

    class Dropout(torch.autograd.Function):
        """x of any shape."""

        @staticmethod
        def forward(ctx: Any, x: Any, p: float) -> Any:
            keep, ctx.growth = kept(x.shape, p)
            ctx.save_for_backward(keep)
            return (x * keep).mul_(ctx.growth)

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            (keep,) = ctx.saved_tensors
            return (grads[0] * keep).mul_(ctx.growth), None

    return Dropout


@cache
def _attention() -> Any:
    import torch

    class DroppingAttention(torch.autograd.Function):
        """Softmax of scaled scores, some shares dropped, times values: [B, H, Q, D]."""

        @staticmethod
        def forward(ctx: Any, query: Any, key: Any, value: Any, mask: Any, scale: float, p: float) -> Any:
            scores = (query @ key.transpose(2, 3)).mul_(scale)  # [B, H, Q, T]
            if mask is not None and mask.dtype == torch.bool:
                scores.masked_fill_(~mask, torch.finfo(scores.dtype).min)
            elif mask is not None:
                scores += mask
            shares = scores.softmax(-1)
            keep, ctx.growth = kept(shares.shape, p)
            ctx.scale = scale
            ctx.save_for_backward(query, key, value, shares, keep)
            return ((shares * keep) @ value).mul_(ctx.growth)

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            query, key, value, shares, keep = ctx.saved_tensors
            grad = grads[0] * ctx.growth
            grad_value = (shares * keep).transpose(2, 3) @ grad
            slopes = (grad @ value.transpose(2, 3)).mul_(keep)
            slopes = torch.ops.aten._softmax_backward_data(slopes, shares, -1, shares.dtype)
            grad_query = (slopes @ key).mul_(ctx.scale)
            grad_key = (slopes.transpose(2, 3) @ query).mul_(ctx.scale)
            return grad_query, grad_key, grad_value, None, None, None

    return DroppingAttention
