"""Prefix tuning: trained keys and values before every layer, made by a small network.

Li & Liang 2021, arXiv 2101.00190. Defaults: 10 virtual tokens (the paper: 5 to 10 for table-to-text, 200 for
summaries). The paper's rate is 5e-5 with GPT-2 and far more steps; 1e-3 is ours. Without the network it is
p_tuning_v2. The network is not saved, only what it made. Not for encoder-decoder models: PEFT's prefix reaches their
decoder's own attention alone there, and leaves half of its numbers unused.
"""

from __future__ import annotations

from typing import Any

from metier.models import Profile
from metier.training.adapting.soft_prompting import check_prefix, prefix_config, soft_prompted
from metier.training.method import Defaults, Method
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module behind a prefix."""
    return soft_prompted(module, prefix_config(module, settings, profile, network=True), profile)


method = Method(
    defaults_by_family={
        "causal": Defaults(1e-3, 5, 16, virtual_tokens=10),
        "encoder": Defaults(1e-3, 12, 32, virtual_tokens=10),
    },
    prepare=prepare,
    uses=frozenset({"virtual_tokens", "encoder_width"}),
    same_at_start=False,
    continues=False,
    check=check_prefix,
)
