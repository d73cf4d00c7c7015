"""P-tuning v2: trained keys and values before every layer, directly (Liu et al. 2022, arXiv 2110.07602).

Rates of 5e-3 to 1e-2 and up to 20 virtual tokens for classification are the paper's; 5e-3 and 20 are the defaults.
With a network that makes the prefix it is prefix_tuning.
"""

from __future__ import annotations

from typing import Any

from metier.models import Profile
from metier.training.adapting.soft_prompting import check_prefix, prefix_config, soft_prompted
from metier.training.method import Defaults, Method
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module behind a prefix."""
    return soft_prompted(module, prefix_config(module, settings, profile, network=False), profile)


method = Method(
    defaults_by_family={
        "causal": Defaults(5e-3, 5, 16, virtual_tokens=20),
        "encoder": Defaults(5e-3, 12, 32, virtual_tokens=20),
    },
    prepare=prepare,
    uses=frozenset({"virtual_tokens"}),
    same_at_start=False,
    check=check_prefix,
)
