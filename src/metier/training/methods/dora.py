"""DoRA: LoRA on the direction of each weight, its length trained beside it (Liu et al. 2024, arXiv 2402.09353).

Defaults are LoRA's, as in the paper (2e-4 for LLaMA 7B); about half as much again slower than LoRA for its norms.
"""

from __future__ import annotations

from typing import Any

from metier.models import Profile
from metier.training.adapting.adapters import adapted, check_low_rank, lora_config
from metier.training.method import Defaults, Method
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module wrapped by PEFT."""
    return adapted(module, lora_config(module, settings, profile, use_dora=True))


method = Method(
    defaults_by_family={
        "causal": Defaults(2e-4, 3, 16, rank=16, width=4096),
        "encoder": Defaults(1e-3, 8, 32, rank=16),
        "seq2seq": Defaults(1e-3, 3, 16, rank=16),
    },
    prepare=prepare,
    uses=frozenset({"rank", "alpha", "dropout", "targets", "rank_stabilised"}),
    merges=True,
    check=check_low_rank,
)
