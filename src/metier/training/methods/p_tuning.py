"""P-tuning: embeddings before the input, made by a small network (Liu et al. 2021, arXiv 2103.10385).

The network is PEFT's of three layers, as wide as the model; only the embeddings that it made are saved. 20 virtual
tokens and rate 1e-3: ours, after PEFT's guide.
"""

from __future__ import annotations

from typing import Any

from metier.models import Profile
from metier.training.adapting.soft_prompting import check_room, sizes, soft_prompted, width_of
from metier.training.method import Defaults, Method
from metier.training.settings import WeightsSettings, decided


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module behind virtual tokens."""
    from peft import PromptEncoderConfig

    config = PromptEncoderConfig(
        num_virtual_tokens=decided(settings.virtual_tokens),
        encoder_hidden_size=width_of(module, settings),
        **sizes(module, profile),
    )
    return soft_prompted(module, config, profile)


method = Method(
    defaults_by_family={
        "causal": Defaults(1e-3, 5, 16, virtual_tokens=20),
        "encoder": Defaults(1e-3, 12, 32, virtual_tokens=20),
        "seq2seq": Defaults(1e-3, 5, 16, virtual_tokens=20),
    },
    prepare=prepare,
    uses=frozenset({"virtual_tokens", "encoder_width"}),
    same_at_start=False,
    continues=False,
    check=check_room,
)
