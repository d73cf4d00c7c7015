"""One head with the outputs of several tasks: which of them are whose."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

from metier.models import Profile
from metier.training.adapting.starting import in_head


class Part(NamedTuple):
    """The outputs of one task.

    Attributes:
        objective: name of what is minimised over its rows.
        first: number of its first output.
        last: one more than that of its last.
    """

    objective: str
    first: int
    last: int


@dataclass(frozen=True)
class OfPart:
    """A module that gives the outputs of one task alone.

    Attributes:
        module: an encoder with a head for several tasks.
        part: which outputs.
    """

    module: Any
    part: Part

    @property
    def training(self) -> bool:
        """Whether the module is in training mode."""
        return bool(self.module.training)

    def __call__(self, **inputs: Any) -> Any:
        """``logits`` of the task, [B, K] or [B, T, K]."""
        return SimpleNamespace(logits=self.module(**inputs).logits[..., self.part.first : self.part.last])


def keep_outputs(module: Any, profile: Profile, count: int) -> None:
    """Leave the first ``count`` outputs of an encoder's head, so that it is a model of one task like any other.

    Args:
        module: perhaps wrapped by PEFT, whose copy of the head is cut too.
        profile: the model's.
        count: outputs to keep.
    """
    import torch

    total = module.config.num_labels
    found = [
        (name, layer)
        for name, layer in module.named_modules()
        if isinstance(layer, torch.nn.Linear) and layer.out_features == total and in_head(f"{name}.", profile)
    ]
    for name, layer in found:
        if _plain(name) == _plain(found[-1][0]):  # others as wide stand before it
            _cut(layer, count)
    module.config.num_labels = count


def _plain(name: str) -> str:
    """The name of a layer without what PEFT puts into it."""
    return ".".join(part for part in name.split(".") if part not in ("original_module", "modules_to_save", "default"))


def _cut(layer: Any, count: int) -> None:
    import torch

    layer.out_features = count
    layer.weight = torch.nn.Parameter(layer.weight.detach()[:count].clone(), requires_grad=layer.weight.requires_grad)
    if layer.bias is not None:
        layer.bias = torch.nn.Parameter(layer.bias.detach()[:count].clone(), requires_grad=layer.bias.requires_grad)
