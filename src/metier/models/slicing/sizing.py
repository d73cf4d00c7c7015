"""How much memory there is, and how much of it a model's own numbers take: plain arithmetic over a skeleton."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from metier.models.device import Compute
from metier.models.finding.source import ModelSource

_BITS_WITH_CONSTANTS = {4: 4.127, 8: 8.0}
"""Bits a number takes in few bits, with the constants of its block (arXiv 2305.14314, section 3)."""
_GROUPS = Path("/sys/fs/cgroup")


def stored_bytes(source: ModelSource) -> float:
    """Bytes of the model's weight files: while it is loaded they are mapped beside what is made of them."""
    return float(sum(path.stat().st_size for path in source.path.glob("*.safetensors")))


def weight_bytes(module: Any, compute: Compute) -> float:
    """Bytes of a model's parameters as :func:`metier.models.load_module` keeps them; tied ones count once.

    Args:
        module: a model or its skeleton.
        compute: number format; with ``bits``, linear layers but the output are kept in so many.
    """
    width = compute.torch_dtype.itemsize
    total = width * sum(p.numel() for p in module.parameters())
    if not compute.bits:
        return float(total)
    packed = sum(layer.weight.numel() for layer in linear_layers(module))
    return total - packed * (width - _BITS_WITH_CONSTANTS[compute.bits] / 8)


def linear_layers(module: Any) -> list[Any]:
    """The linear layers of a model but its output."""
    import torch

    output = module.get_output_embeddings() if hasattr(module, "get_output_embeddings") else None
    return [item for item in module.modules() if isinstance(item, torch.nn.Linear) and item is not output]


def memory_at_hand(device: str) -> float:
    """Bytes that can still be taken on a device: free memory, within what the process's group may have (Linux)."""
    if device.startswith("cuda"):
        import torch

        return float(torch.cuda.mem_get_info()[0])
    import psutil

    free = float(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):  # "max", or no such group
        most = float((_GROUPS / "memory.max").read_text())
        used = float((_GROUPS / "memory.current").read_text())
        free = min(free, most - used)
    return free


def memory_of(device: str) -> float:
    """Bytes that a device has, whoever holds them now: all that this process's group may have, on a CPU."""
    if device.startswith("cuda"):
        import torch

        return float(torch.cuda.get_device_properties(torch.device(device)).total_memory)
    import psutil

    found = float(psutil.virtual_memory().total)
    with suppress(OSError, ValueError):  # "max", or no such group
        found = min(found, float((_GROUPS / "memory.max").read_text()))
    return found


def resident_bytes() -> float:
    """Memory that this process holds."""
    import psutil

    return float(psutil.Process().memory_info().rss)
