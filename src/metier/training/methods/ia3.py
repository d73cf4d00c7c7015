"""IA3: trained vectors rescale keys, values and feed-forward activations.

Liu et al. 2022, arXiv 2205.05638. Their rate of 3e-3 is the default, with more epochs than LoRA: they take a thousand
steps for a few dozen examples.
"""

from __future__ import annotations

from typing import Any

from metier.core import Problem
from metier.models import ModelSource, Profile
from metier.training.adapting.adapters import adapted, check_targets, head_of, targets_of, task_type
from metier.training.method import Defaults, Method, every_parameter
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module wrapped by PEFT: outputs of keys and values are scaled, inputs of the last feed-forward layer."""
    from peft import IA3Config

    own = list(profile.ia3_targets) if settings.targets is None else targets_of(module, settings, profile)
    inner = [name for name in profile.ia3_feedforward if settings.targets is None or name in settings.targets]
    config = IA3Config(
        target_modules=own,
        feedforward_modules=inner,
        task_type=task_type(module, profile),
        modules_to_save=head_of(profile),
    )
    return adapted(module, config)


def check(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """The layers must be known: from the profile, or from the recipe."""
    if settings.targets or source.profile.ia3_targets:
        return check_targets(settings, source)
    return [
        Problem(
            where="recipe",
            path="weights.targets",
            expected="names of the key and value layers, for the profile of this model type does not give them",
            got="nothing",
            remedy="add weights.targets, or choose another method",
        )
    ]


method = Method(
    defaults_by_family={
        "causal": Defaults(3e-3, 5, 16),
        "encoder": Defaults(3e-3, 12, 32),
        "seq2seq": Defaults(3e-3, 5, 16),
    },
    prepare=prepare,
    uses=frozenset({"targets"}),
    merges=True,
    combines="averaged",
    scales=every_parameter,
    check=check,
)
