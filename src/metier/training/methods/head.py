"""Head: the body of an encoder stays frozen, what stands behind it (pooler and classifier, by its profile) is trained.

A high rate, ours: few weights, and they start at random. The body drops nothing out and is read as it will answer,
once: its states are kept, where they fit into memory, and an epoch costs next to nothing.
"""

from __future__ import annotations

from typing import Any

from metier.core import ModelError, Problem
from metier.models import Profile
from metier.training.method import Defaults, Method
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module with gradients in its head alone.

    Raises:
        ModelError: the model has no module of a name that the profile gives.
    """
    module.requires_grad_(False)
    heads = tuple(f".{name}" for name in profile.head)
    found = [item for name, item in module.named_modules() if f".{name}".endswith(heads)]
    if not found:
        raise ModelError(
            [
                Problem(
                    where="model",
                    path="head",
                    expected="modules named " + ", ".join(profile.head),
                    got=f"{type(module).__name__} without them",
                    remedy="use method: full or lora for this model",
                )
            ]
        )
    for item in found:
        item.requires_grad_(True)
    _read_whole(getattr(module, module.base_model_prefix, None), found)
    return module


def _read_whole(body: Any, found: list[Any]) -> None:
    """Take the dropout out of a frozen body: noise there teaches a head little, and doubles the time of a step."""
    import torch

    trained = {id(item) for head in found for item in head.modules()}
    for item in body.modules() if body is not None else ():
        if isinstance(item, torch.nn.Dropout) and id(item) not in trained:
            item.p = 0.0


method = Method(
    defaults_by_family={"encoder": Defaults(2e-3, 12, 32)},
    prepare=prepare,
    frozen_base=False,
    reads_once=True,
    whole=True,
)
