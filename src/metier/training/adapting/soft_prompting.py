"""What the methods with virtual tokens share."""

from __future__ import annotations

import json
from typing import Any

from metier.core import Problem
from metier.models import ModelSource, Profile, with_soft_prompt
from metier.training.adapting.adapters import adapted, head_of, task_type
from metier.training.settings import WeightsSettings, decided


def soft_prompted(module: Any, config: Any, profile: Profile) -> Any:
    """``module`` behind a fresh soft prompt; causal models by :func:`metier.models.with_soft_prompt`."""
    wrapped = adapted(module, config)
    return with_soft_prompt(wrapped) if profile.family == "causal" else wrapped


def behind_prefix(module: Any) -> Any:
    """A causal ``module`` behind a few random keys and values in every layer: what every soft prompt comes to."""
    causal = Profile(family="causal")
    settings = WeightsSettings(method="p_tuning_v2", virtual_tokens=3)
    return soft_prompted(module, prefix_config(module, settings, causal, network=False), causal)


def sizes(module: Any, profile: Profile) -> dict[str, Any]:
    """What PEFT must know of a model to put embeddings before its input."""
    return {
        "token_dim": module.get_input_embeddings().weight.shape[1],
        "num_layers": module.config.num_hidden_layers,
        "num_attention_heads": module.config.num_attention_heads,
        "num_transformer_submodules": 1,  # virtual tokens before what an encoder reads, none before what is written
        "task_type": task_type(module, profile),
        "modules_to_save": head_of(profile),
    }


def width_of(module: Any, settings: WeightsSettings) -> int:
    """Width of the network that makes virtual tokens: the recipe's, else the model's."""
    return settings.encoder_width or int(module.config.hidden_size)


def check_room(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """Virtual tokens must leave most of the window to the text."""
    count = settings.virtual_tokens or 0
    if 2 * count <= source.max_tokens:
        return []
    return [
        Problem(
            where="recipe",
            path="weights.virtual_tokens",
            expected=f"at most {source.max_tokens // 2}, half of the window of {source.name!r}",
            got=str(count),
            remedy="use fewer virtual tokens",
        )
    ]


def check_prefix(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """Attention must take keys and values from outside, in every layer alike."""
    config = json.loads((source.path / "config.json").read_text(encoding="utf-8"))
    types = config.get("layer_types") or []
    mixed = sorted({kind for kind in types if kind != "full_attention"})
    if source.profile.takes_prefix and not mixed:
        return check_room(settings, source)
    why = f"with layers of {', '.join(mixed)}" if mixed else "whose attention takes no keys and values from outside"
    return [
        Problem(
            where="recipe",
            path="weights.method",
            expected="a model whose attention takes a prefix in every layer",
            got=f"{source.name!r}, {why}",
            remedy="use method: prompt_tuning, p_tuning or lora for this model",
        )
    ]


def prefix_config(module: Any, settings: WeightsSettings, profile: Profile, *, network: bool) -> Any:
    """PEFT's settings of keys and values before every layer.

    Args:
        module: the base.
        settings: the recipe's.
        profile: the model's.
        network: whether a small network makes them while training.
    """
    from peft import PrefixTuningConfig

    base = module.config
    heads = getattr(base, "num_key_value_heads", None) or base.num_attention_heads
    width = getattr(base, "head_dim", None) or base.hidden_size // base.num_attention_heads
    return PrefixTuningConfig(
        num_virtual_tokens=decided(settings.virtual_tokens),
        prefix_projection=network,
        encoder_hidden_size=width_of(module, settings),
        num_layers=base.num_hidden_layers,
        num_attention_heads=heads,
        token_dim=heads * width,
        task_type=task_type(module, profile),
        modules_to_save=head_of(profile),
    )
