"""Full fine-tuning: every weight changes.

Rates: causal models a tenth of LoRA's (Schulman et al. 2025, "LoRA Without Regret", find a factor of 10); encoders
2e-4, which small encoders need, against 2e-5 to 5e-5 for BERT-base in Devlin et al. 2019. Encoder-decoder models 1e-4:
ours, as T5's own 1e-3 (Raffel et al. 2020, arXiv 1910.10683) is for Adafactor.
"""

from __future__ import annotations

from typing import Any

from metier.models import Profile
from metier.training.method import Defaults, Method, every_parameter
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module with gradients everywhere."""
    module.requires_grad_(True)
    return module


method = Method(
    defaults_by_family={
        "causal": Defaults(2e-5, 3, 16, width=4096),
        "encoder": Defaults(2e-4, 6, 32),
        "seq2seq": Defaults(1e-4, 3, 16),
    },
    prepare=prepare,
    frozen_base=False,
    whole=True,
    scales=every_parameter,
)
