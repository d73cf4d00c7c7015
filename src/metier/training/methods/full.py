"""Full fine-tuning: every weight changes."""

from __future__ import annotations

from typing import Any

from metier.models import Family, Profile
from metier.training.method import Defaults
from metier.training.settings import WeightsSettings


class Full:
    """Every weight changes.

    Rates: causal models a tenth of LoRA's (Schulman et al. 2025, "LoRA Without Regret", find a factor of 10); encoders
    2e-4, which small encoders need, against 2e-5 to 5e-5 for BERT-base in Devlin et al. 2019.
    """

    families: tuple[Family, ...] = ("causal", "encoder")
    frozen_base = False

    def defaults(self, family: Family) -> Defaults:
        """Rate, epochs and batch by family."""
        return Defaults(2e-5, 3, 16) if family == "causal" else Defaults(2e-4, 6, 32)

    def prepare(self, module: Any, settings: WeightsSettings, profile: Profile) -> Any:
        """The module with gradients everywhere."""
        module.requires_grad_(True)
        return module


method = Full()
