"""The bound of a training's micro-batches: the recipe's, or what is quick and fits into the memory that is free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.core import Reporter, say
from metier.models.slicing.sizing import memory_at_hand, weight_bytes
from metier.models.slicing.slices import TooLargeToTryError
from metier.training import Row
from metier.training.estimating.fitting import LEAST, fitting_tokens, most_tokens, surely_fits
from metier.training.estimating.probing import Setup, probe

_PROBED_ROWS = 1000


def fitting_micro_batch(module: Any, setup: Setup, rows: Sequence[Row], reporter: Reporter) -> int:
    """The recipe's bound of a micro-batch; ``auto``: what is quickest, or the largest that fits where memory is tight.

    What surely fits is not measured: most trainings on most machines.

    Args:
        module: prepared by its method.
        setup: the training.
        rows: what it learns from.
        reporter: told where memory is tight.
    """
    compute, most = setup.compute, most_tokens(setup.settings, setup.compute.device)
    if setup.settings.tokens_per_micro_batch != "auto":
        return most
    trained = sum(p.numel() for p in module.parameters() if p.requires_grad)
    elsewhere = next(module.parameters()).device.type != compute.device.partition(":")[0]
    room = memory_at_hand(compute.device) - (weight_bytes(module, compute) if elsewhere else 0.0)
    if surely_fits(module, itemsize=compute.torch_dtype.itemsize, trained=trained, room=room, most=most):
        return most
    try:
        tensors = probe(setup, rows[:_PROBED_ROWS], max_tokens=most, room=room / 4).pace.tensors
    except TooLargeToTryError:
        return LEAST
    found = fitting_tokens(tensors, fixed=16.0 * trained, room=room, most=most)
    if found < most:
        say(reporter, f"  memory is tight ({room / 1e9:.1f} GB free): micro-batches of at most {found} tokens")
    return found
