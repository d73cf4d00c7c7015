"""AdamW over what requires gradients: matrices decay, vectors do not; parts may have rates of their own."""

from __future__ import annotations

from typing import Any

from metier.training.course import Course


def adamw(module: Any, course: Course, *, learning_rate: float, weight_decay: float) -> Any:
    """AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101); each group has its rate's ``factor`` of the training's rate.

    Vectors (biases, norms, scales, whatever their shape) are not decayed: it would only shrink them.
    """
    import torch

    groups: dict[tuple[bool, float], dict[str, Any]] = {}
    for name, parameter in module.named_parameters():
        if not parameter.requires_grad:
            continue
        matrix, factor = sum(size > 1 for size in parameter.shape) >= 2, course.rate(name)
        decay = weight_decay if matrix else 0.0
        group = groups.setdefault((matrix, factor), {"params": [], "weight_decay": decay, "factor": factor})
        group["params"].append(parameter)
    return torch.optim.AdamW(groups.values(), lr=learning_rate, fused=True)


def set_rate(optimizer: Any, learning_rate: float) -> None:
    """Set the rate of the next step in every group."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate * group["factor"]
