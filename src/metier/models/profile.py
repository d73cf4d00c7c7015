"""What differs between model families, as data: one YAML file a model type in ``profiles/``.

A model type without a file gets ``causal.yaml`` or ``encoder.yaml``, by the architecture that its config names.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Literal

import yaml

from metier.core import ModelError, Problem, Settings

Family = Literal["causal", "encoder", "hosted"]


class Profile(Settings):
    """How models of one type are used."""

    family: Family
    """``causal`` models continue text; ``encoder`` models turn text into vectors; ``hosted`` ones
    are asked over the network."""
    lora_targets: tuple[str, ...] | Literal["all-linear"] = "all-linear"
    """Layers that LoRA adapts: names of modules, or every linear layer but the output."""
    ia3_targets: tuple[str, ...] = ()
    """Layers whose output IA3 scales (keys and values), and those of ``ia3_feedforward``. Empty: not known."""
    ia3_feedforward: tuple[str, ...] = ()
    """Of ``ia3_targets``: layers whose input is scaled (the last of each feed-forward block)."""
    takes_prefix: bool = True
    """Whether attention takes keys and values from outside, which prefix tuning needs."""
    pooling: Literal["mean", "first"] = "mean"
    """Encoders: how token vectors become a text's vector."""
    head: tuple[str, ...] = ("classifier",)
    """Encoders: layers behind the body, by the ends of their names: trained by ``method: head`` and beside adapters."""


_SUFFIXES: dict[str, Family] = {
    "ForCausalLM": "causal",
    "LMHeadModel": "causal",
    "ForMaskedLM": "encoder",
    "ForSequenceClassification": "encoder",
    "ForTokenClassification": "encoder",
    "ForPreTraining": "encoder",
    "Model": "encoder",
}


def profile_of(config: dict[str, Any], *, where: str) -> Profile:
    """The profile for a model's ``config.json``.

    Args:
        config: the parsed file.
        where: its path, for messages.

    Raises:
        ModelError: an architecture of neither family (an encoder-decoder, say).
    """
    model_type = str(config.get("model_type", ""))
    architecture = str((config.get("architectures") or [""])[0])
    own = files("metier.models").joinpath("profiles", f"{model_type}.yaml")
    family = next((family for suffix, family in _SUFFIXES.items() if architecture.endswith(suffix)), None)
    if config.get("is_encoder_decoder") or (family is None and not (model_type and own.is_file())):
        raise ModelError(
            [
                Problem(
                    where=where,
                    path="architectures",
                    expected="a causal language model (…ForCausalLM) or an encoder (…Model, …ForMaskedLM)",
                    got=repr(architecture or model_type),
                    remedy="choose a model of one of these families",
                )
            ]
        )
    known = own if own.is_file() else files("metier.models").joinpath("profiles", f"{family}.yaml")
    profile = Profile.model_validate(yaml.safe_load(known.read_text(encoding="utf-8")))
    if profile.family != family and family is not None and not own.is_file():
        return profile.model_copy(update={"family": family})
    return profile
