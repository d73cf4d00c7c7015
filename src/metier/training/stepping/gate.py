"""The gate after a training: what should have changed did, and it is numbers."""

from __future__ import annotations

import hashlib
from typing import Any

from metier.core import Reporter, TrainingError, warn
from metier.training.stepping.splitting import whole


def fingerprints(module: Any) -> dict[str, bytes]:
    """A hash of every parameter that requires gradients: 32 bytes each, where a copy would be as large as the model."""
    import torch

    return {
        name: hashlib.sha256(whole(p.detach()).cpu().contiguous().view(-1).view(torch.uint8).numpy()).digest()
        for name, p in module.named_parameters()
        if p.requires_grad
    }


def check_changed(module: Any, start: dict[str, bytes], reporter: Reporter) -> None:
    """Compare with the :func:`fingerprints` from before; a model that never moved must not be called trained.

    Raises:
        TrainingError: no tensor has changed, or one holds a value that is not a number.
    """
    own = {name: p for name, p in module.named_parameters() if p.requires_grad}
    if broken := [name for name, p in own.items() if not bool(whole(p.detach()).isfinite().all())]:
        raise TrainingError(
            f"Training ended with weights that are not numbers ({broken[0]}, {len(broken)} of {len(own)} tensors). "
            "Lower weights.learning_rate."
        )
    now = fingerprints(module)
    still = [name for name in start if now[name] == start[name]]
    if len(still) == len(start):
        raise TrainingError("Training ended, and no weight has changed: raise weights.learning_rate or weights.epochs.")
    if still:
        warn(reporter, f"{len(still)} of {len(start)} trained tensors did not change, {still[0]} among them.")
