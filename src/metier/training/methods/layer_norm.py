"""Layer-norm tuning: the scales and shifts of the norms alone are trained (Zhao et al. 2023, arXiv 2312.11420).

Ours: rate 1e-3, since scales start near 1 and have little room to go; for encoders 3e-3, as for biases (BitFit) and for
the same reason. An encoder's head is trained beside it.
"""

from __future__ import annotations

from typing import Any

from metier.core import Problem
from metier.models import ModelSource, Profile, tensor_shapes
from metier.training.adapting.adapters import adapted, head_of, task_type
from metier.training.method import Defaults, Method, every_parameter
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module with its norms copied and trained by PEFT."""
    from peft import LNTuningConfig

    norms = [
        name
        for name, item in module.named_modules()
        if "norm" in type(item).__name__.lower() and any(True for _ in item.parameters(recurse=False))
    ]
    config = LNTuningConfig(
        target_modules=norms, task_type=task_type(module, profile), modules_to_save=head_of(profile)
    )
    return adapted(module, config)


def check(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """The model's norms must have weights."""
    words = ("norm", "ln_", "layer_norm")
    vectors = [name.lower() for name, shape in tensor_shapes(source.path).items() if len(shape) == 1]
    if any(word in name for name in vectors for word in words):
        return []
    return [
        Problem(
            where="recipe",
            path="weights.method",
            expected="a model whose norms have weights, which is all that layer_norm trains",
            got=f"{source.name!r}, whose norms have none",
            remedy="use method: ia3 or lora for this model",
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
    merges=True,
    combines="averaged",
    scales=every_parameter,
    check=check,
)
