"""The micro-batch that fits: as many tokens as are quick, halved until the memory that is free holds them."""

from __future__ import annotations

from typing import Any

from metier.training.estimating.estimates import Line
from metier.training.settings import WeightsSettings

QUICKEST = {"cpu": 2048, "mps": 4096, "cuda": 16384}
"""Tokens beyond which a micro-batch gains no speed. On a CPU 1,024 to 2,048 were measured as the quickest; the figures
of GPUs are a choice, not a measurement."""
LEAST = 64
"""Fewer tokens than this are never chosen: a row is not cut to fit."""
SHARE = 0.9
"""Of the free memory, what a training may plan with."""


def quickest(device: str) -> int:
    """Tokens of a micro-batch where memory does not matter."""
    return QUICKEST.get(device.partition(":")[0], QUICKEST["cpu"])


def most_tokens(settings: WeightsSettings, device: str) -> int:
    """The recipe's bound of a micro-batch; ``auto``: the :func:`quickest`, before anybody looks at the memory."""
    bound = settings.tokens_per_micro_batch
    return quickest(device) if bound == "auto" else bound


def fitting_tokens(tensors: Line, *, fixed: float, room: float, most: int) -> int:
    """The largest of ``most``, a half, a quarter ... of it whose tensors fit beside what is fixed.

    Args:
        tensors: bytes of a micro-batch over its tokens.
        fixed: bytes of everything else.
        room: bytes that are free.
        most: where to begin.

    >>> fitting_tokens(Line(0.0, 1e6), fixed=1e9, room=2e9, most=2048)
    512
    """
    while most > LEAST and fixed + tensors.at(most) > SHARE * room:
        most //= 2
    return most


def surely_fits(module: Any, *, itemsize: int, trained: int, room: float, most: int) -> bool:
    """Whether ``most`` tokens fit by a wide margin, from the widths of the model alone.

    Counted are 24 vectors of the model's width and 8 of its feed-forward width for each token and layer (of an encoder
    and a decoder three times those of one side), which is more than any layer keeps; gradients, moments and best
    weights with 16 bytes a number; and twice that again.

    Args:
        module: with a transformers config.
        itemsize: bytes of an activation.
        trained: numbers that are trained.
        room: bytes that are free once the weights are loaded.
        most: tokens.
    """
    config = getattr(module, "config", None)
    layers, width = getattr(config, "num_hidden_layers", None), getattr(config, "hidden_size", None)
    if not layers or not width:
        return False
    layers *= 3 if getattr(config, "is_encoder_decoder", False) else 1
    inner = getattr(config, "intermediate_size", None) or 4 * width
    tensors = most * layers * (24 * width + 8 * inner) * (itemsize + 1)
    vocabulary = getattr(config, "vocab_size", 0) * width
    return 2 * (tensors + 16 * trained + 16 * vocabulary + 2e8) <= room
