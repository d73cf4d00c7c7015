"""Which products of a training are rounded to bfloat16 on the way (autocast), and which are kept in it."""

from __future__ import annotations

from typing import Any

from metier.models import Compute


def is_mixed(compute: Compute, module: Any) -> bool:
    """Whether autocast is needed: the device computes in bfloat16, and the frozen weights are not stored in it."""
    stored = {p.dtype for p in module.parameters() if not p.requires_grad}
    return compute.dtype == "bfloat16" and compute.torch_dtype not in stored
