"""Prompt tuning: trained embeddings before the input, at the bottom alone (Lester et al. 2021, arXiv 2104.08691).

20 virtual tokens, from which on the paper sees little gain; they start as embeddings of words drawn at random from the
vocabulary, which the paper finds better than random numbers. The paper's rate is 0.3 with Adafactor; 3e-2 with AdamW
is ours.
"""

from __future__ import annotations

from typing import Any

from metier.models import Profile
from metier.training.adapting.soft_prompting import check_room, sizes, soft_prompted
from metier.training.method import Defaults, Method
from metier.training.settings import WeightsSettings, decided


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module behind virtual tokens."""
    from peft import PromptTuningConfig
    from peft.tuners.prompt_tuning import PromptTuningInit

    config = PromptTuningConfig(
        num_virtual_tokens=decided(settings.virtual_tokens),
        prompt_tuning_init=PromptTuningInit.SAMPLE_VOCAB,
        **sizes(module, profile),
    )
    return soft_prompted(module, config, profile)


method = Method(
    defaults_by_family={
        "causal": Defaults(3e-2, 5, 16, virtual_tokens=20),
        "encoder": Defaults(3e-2, 12, 32, virtual_tokens=20),
        "seq2seq": Defaults(3e-2, 5, 16, virtual_tokens=20),
    },
    prepare=prepare,
    uses=frozenset({"virtual_tokens"}),
    same_at_start=False,
    check=check_room,
)
