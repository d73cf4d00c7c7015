"""What differs between model families, as data: one YAML file a model type in ``profiles/``.

A model type without a file gets ``causal.yaml`` or ``encoder.yaml``, by the architecture that its config names.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Literal

import yaml

from metier.core import ModelError, Problem, Settings

Family = Literal["causal", "encoder", "seq2seq", "hosted"]


class Profile(Settings):
    """How models of one type are used."""

    family: Family
    """``causal`` models continue text; ``encoder`` models turn text into vectors; ``seq2seq`` ones (encoder-decoder
    models) read one text and write another; ``hosted`` ones are asked over the network."""
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
    masked_head: tuple[str, ...] = ()
    """Encoders: what stands between body and vocabulary where masked words are foretold, likewise. Empty: not known."""

    def for_words(self) -> Profile:
        """The same encoder with the head that foretells masked words: it and ``head`` change places.

        Other families foretell words as they are.
        """
        if self.family != "encoder":
            return self
        return self.model_copy(update={"head": self.masked_head, "masked_head": self.head})

    @property
    def other_head(self) -> tuple[str, ...]:
        """Encoders: the head of the other use, which weights that come from there may have."""
        return self.masked_head if self.family == "encoder" else ()


_SUFFIXES: dict[str, Family] = {
    "ForCausalLM": "causal",
    "LMHeadModel": "causal",
    "ForMaskedLM": "encoder",
    "ForSequenceClassification": "encoder",
    "ForTokenClassification": "encoder",
    "ForPreTraining": "encoder",
    "Model": "encoder",
}
_TEXT_TO_TEXT = frozenset(
    {
        *("t5", "mt5", "umt5", "longt5", "switch_transformers", "bart", "mbart", "plbart", "pegasus", "pegasus_x"),
        *("marian", "m2m_100", "nllb-moe", "led", "bigbird_pegasus", "blenderbot", "blenderbot-small", "prophetnet"),
    }
)
"""Model types that read one text and write another; other encoder-decoder models read sounds or pictures."""


def profile_of(config: dict[str, Any], *, where: str) -> Profile:
    """The profile for a model's ``config.json``.

    Args:
        config: the parsed file.
        where: its path, for messages.

    Raises:
        ModelError: an architecture of none of the families (one for pictures, say).
    """
    model_type = str(config.get("model_type", ""))
    architecture = str((config.get("architectures") or [""])[0])
    own = files("metier.models").joinpath("profiles", f"{model_type}.yaml")
    family = next((family for suffix, family in _SUFFIXES.items() if architecture.endswith(suffix)), None)
    if config.get("is_encoder_decoder"):
        family = "seq2seq" if model_type in _TEXT_TO_TEXT else None
    if family is None and (config.get("is_encoder_decoder") or not (model_type and own.is_file())):
        raise ModelError(
            [
                Problem(
                    where=where,
                    path="architectures",
                    expected="a causal language model (…ForCausalLM), an encoder (…Model, …ForMaskedLM) or an "
                    "encoder-decoder model for text (T5, BART and their kin)",
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
