"""LoRA layers in one step: the same product as PEFT's, without float32 copies of every activation.

``y = W x + b + s B (A x)``; the backward pass is written out, so that only ``x`` and ``A x`` are kept. In bfloat16 the
adapter's weights stay float32 and are rounded for the product, as autocast does.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def fused_lora(module: Any) -> Generator[int]:
    """Within it, plain LoRA layers of ``module`` (no dropout, no DoRA, one adapter) compute in one step.

    Yields:
        how many layers do.
    """
    found = [layer for layer in module.modules() if _plain(layer)]
    for layer in found:
        layer.forward = _forward(layer)
    try:
        yield len(found)
    finally:
        for layer in found:
            del layer.forward


def _plain(layer: Any) -> bool:
    """Whether a layer is LoRA's first form over a linear layer, and nothing else."""
    import torch
    from peft.tuners.lora import Linear

    if type(layer) is not Linear or layer.merged or layer.disable_adapters or len(layer.active_adapters) != 1:
        return False
    name = layer.active_adapters[0]
    return (
        type(layer.get_base_layer()) is torch.nn.Linear
        and name in layer.lora_A
        and not layer.lora_variant
        and isinstance(layer.lora_dropout[name], torch.nn.Identity)
        and not layer.lora_bias[name]
    )


def _forward(layer: Any) -> Any:
    name = layer.active_adapters[0]
    base, down, up, scale = layer.get_base_layer(), layer.lora_A[name], layer.lora_B[name], layer.scaling[name]

    def forward(x: Any, *_: Any, **__: Any) -> Any:
        return _function().apply(x, base.weight, base.bias, down.weight, up.weight, scale)

    return forward


@cache
def _function() -> Any:
    import torch

    class FusedLora(torch.autograd.Function):
        """x [..., in], W [out, in], A [r, in], B [out, r] -> [..., out]."""

        @staticmethod
        def forward(ctx: Any, x: Any, weight: Any, bias: Any, down: Any, up: Any, scale: float) -> Any:
            device = x.device.type
            dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else weight.dtype
            flat = x.reshape(-1, x.shape[-1]).to(dtype)
            inner = flat @ down.to(dtype).T  # [T, r]
            out = torch.nn.functional.linear(flat, weight.to(dtype), None if bias is None else bias.to(dtype))
            out.addmm_(inner, up.to(dtype).T, alpha=scale)
            ctx.save_for_backward(flat, inner, weight, down, up)
            ctx.scale, ctx.x_dtype = scale, x.dtype
            return out.view(*x.shape[:-1], -1)

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            flat, inner, weight, down, up = ctx.saved_tensors
            grad = grads[0].reshape(-1, weight.shape[0])
            shape = *grads[0].shape[:-1], weight.shape[1]
            narrow = (grad @ up.to(grad.dtype)).mul_(ctx.scale)  # [T, r]
            grad_up = (grad.T @ inner).to(up.dtype).mul_(ctx.scale) if ctx.needs_input_grad[4] else None
            grad_down = (narrow.T @ flat).to(down.dtype) if ctx.needs_input_grad[3] else None
            grad_weight = (grad.T @ flat).to(weight.dtype) if ctx.needs_input_grad[1] else None
            grad_bias = grad.sum(0) if ctx.needs_input_grad[2] else None
            grad_x = None
            if ctx.needs_input_grad[0]:
                whole = (grad @ weight.to(grad.dtype)).addmm_(narrow, down.to(grad.dtype))
                grad_x = whole.view(shape).to(ctx.x_dtype)
            return grad_x, grad_weight, grad_bias, grad_down, grad_up, None

    return FusedLora
