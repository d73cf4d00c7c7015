"""BitFit: biases alone are trained (Ben Zaken et al. 2022, arXiv 2106.10199).

Their rates for BERT-base and -large are 1e-4 to 1e-3; 1e-3 is the default, but for encoders 3e-3: at that rate MiniLM
learnt entities from 120 sentences that it had hardly begun to learn at 1e-3 (span F1 0.43 and 0.11). Models without
biases (most Llamas) cannot be trained so. An encoder's head is trained beside it.
"""

from __future__ import annotations

from typing import Any

from metier.core import Problem
from metier.models import ModelSource, Profile, tensor_shapes
from metier.training.method import Defaults, Method, every_parameter
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module with gradients in its biases, and in an encoder's head."""
    heads = profile.head if profile.family == "encoder" else ()
    for name, parameter in module.named_parameters():
        in_head = any(f".{head}." in f".{name}" for head in heads)
        parameter.requires_grad_(in_head or name.endswith(".bias"))
    return module


def check(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """The model must have biases."""
    if any(name.endswith(".bias") for name in tensor_shapes(source.path)):
        return []
    return [
        Problem(
            where="recipe",
            path="weights.method",
            expected="a model with biases, which is all that bitfit trains",
            got=f"{source.name!r}, whose layers have none",
            remedy="use method: layer_norm, ia3 or lora for this model",
        )
    ]


method = Method(
    defaults_by_family={
        "causal": Defaults(1e-3, 3, 16),
        "encoder": Defaults(3e-3, 8, 32),
        "seq2seq": Defaults(1e-3, 3, 16),
    },
    prepare=prepare,
    frozen_base=False,
    whole=True,
    scales=every_parameter,
    check=check,
)
