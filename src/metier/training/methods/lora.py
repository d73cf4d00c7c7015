"""LoRA: a low-rank update beside frozen layers (Hu et al. 2021, arXiv 2106.09685)."""

from __future__ import annotations

from typing import Any

from metier.core import ModelError, Problem
from metier.core.names import listed, suggestion
from metier.models import Family, Profile
from metier.training.method import Defaults
from metier.training.settings import WeightsSettings


class Lora:
    """``W x + (alpha / rank) B A x`` with trained ``A`` [rank, in] and ``B`` [out, rank]; ``B`` starts at 0.

    All linear layers are adapted, which matters more than the rank (Dettmers et al. 2023, arXiv 2305.14314, section 4);
    their rate of 2e-4 is the default for causal models. Encoders train a random head beside it and take 1e-3.
    """

    families: tuple[Family, ...] = ("causal", "encoder")
    frozen_base = True

    def defaults(self, family: Family) -> Defaults:
        """Rate, epochs and batch by family."""
        return Defaults(2e-4, 3, 16) if family == "causal" else Defaults(1e-3, 8, 32)

    def prepare(self, module: Any, settings: WeightsSettings, profile: Profile) -> Any:
        """The module wrapped by PEFT.

        Raises:
            ModelError: a target names no layer of the model.
        """
        from peft import LoraConfig, get_peft_model

        targets = profile.lora_targets if settings.targets is None else settings.targets
        if not isinstance(targets, str):
            _check_targets(module, targets)
        config = LoraConfig(
            r=settings.rank,
            lora_alpha=int(settings.alpha or 2 * settings.rank),
            lora_dropout=settings.dropout,
            target_modules=targets if isinstance(targets, str) else list(targets),
            task_type="CAUSAL_LM" if profile.family == "causal" else "SEQ_CLS",
            modules_to_save=None if profile.family == "causal" else list(profile.head),
        )
        return get_peft_model(module, config)


def _check_targets(module: Any, targets: tuple[str, ...]) -> None:
    import torch

    linear = {name.rpartition(".")[2] for name, item in module.named_modules() if isinstance(item, torch.nn.Linear)}
    linear |= {name.rpartition(".")[2] for name, item in module.named_modules() if type(item).__name__ == "Conv1D"}
    unknown = [target for target in targets if target not in linear]
    if unknown:
        raise ModelError(
            [
                Problem(
                    where="recipe",
                    path="weights.targets",
                    expected="names of linear layers: " + listed(sorted(linear)),
                    got=listed(unknown),
                    remedy=suggestion(unknown[0], linear),
                )
            ]
        )


method = Lora()
