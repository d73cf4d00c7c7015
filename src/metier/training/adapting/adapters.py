"""What the methods that go through PEFT share: layers to adapt, heads to train beside them, checks of both."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from metier.core import ModelError, Problem
from metier.core.names import listed, suggestion
from metier.models import ModelSource, Profile, tensor_shapes
from metier.training.method import METHODS
from metier.training.settings import WeightsSettings, decided


def adapted(module: Any, config: Any) -> Any:
    """``module`` wrapped by PEFT with a fresh adapter; everything but the adapter and an encoder's head is frozen."""
    from peft import get_peft_model

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Unsupported layer type")  # norms: PEFT trains them all the same
        warnings.filterwarnings("ignore", message="fan_in_fan_out is set")  # PEFT then sets it right by itself
        return get_peft_model(module, config)


def task_type(module: Any, profile: Profile) -> str | None:
    """PEFT's name of what a module is for; it has none for masked words."""
    if profile.family in ("causal", "seq2seq"):
        return "CAUSAL_LM" if profile.family == "causal" else "SEQ_2_SEQ_LM"
    name = type(module).__name__
    if name.endswith("ForMaskedLM"):
        return None
    return "TOKEN_CLS" if name.endswith("ForTokenClassification") else "SEQ_CLS"


def head_of(profile: Profile) -> list[str] | None:
    """Modules that are trained whole beside an adapter: an encoder's new head."""
    return list(profile.head) if profile.family == "encoder" else None


def targets_of(module: Any, settings: WeightsSettings, profile: Profile) -> str | list[str]:
    """Layers to adapt, as PEFT takes them: the recipe's, else the profile's.

    Raises:
        ModelError: a target names no linear layer of the model.
    """
    if settings.targets is None and isinstance(profile.lora_targets, str):
        return profile.lora_targets
    if settings.targets is None:  # a profile names layers of all models of its type, which not each of them has
        own = {_last(name) for name, _ in module.named_modules()}
        return [target for target in profile.lora_targets if _last(target) in own]
    linear = _linear_layers(module)
    unknown = [target for target in settings.targets if target not in linear]
    if unknown:
        raise ModelError([_unknown(unknown, linear)])
    return list(settings.targets)


def lora_config(module: Any, settings: WeightsSettings, profile: Profile, **more: Any) -> Any:
    """PEFT's settings of a LoRA with the recipe's rank, scale, dropout and targets, and ``more``."""
    from peft import LoraConfig

    return LoraConfig(
        r=decided(settings.rank),
        lora_alpha=decided(settings.alpha),  # pyright: ignore[reportArgumentType]  # any number works
        lora_dropout=settings.dropout,
        use_rslora=settings.rank_stabilised,
        target_modules=targets_of(module, settings, profile),
        task_type=task_type(module, profile),
        modules_to_save=head_of(profile),
        **more,
    )


def check_targets(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """Targets that no layer of the model is called, found in the headers of its files."""
    known = {_last(name) for name in _matrices(source)}
    unknown = [target for target in settings.targets or () if _last(target) not in known]
    return [_unknown(unknown, known)] if unknown and known else []


def check_low_rank(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """Targets as above; and a rank that the layers do not have.

    An update has at most the rank of its layer's smaller side; what begins with directions of the weights themselves
    (``pissa``, ``olora``, ``loftq``) needs so many of them in every layer.
    """
    if wrong := check_targets(settings, source):
        return wrong
    wanted = settings.targets or source.profile.lora_targets
    own = None if isinstance(wanted, str) else {_last(name) for name in wanted}
    sides = [side for name, side in _matrices(source).items() if own is None or _last(name) in own]
    rank = settings.rank or METHODS.get(settings.method).defaults(source.profile.family).rank or 0
    begins = settings.init in ("pissa", "olora", "loftq")
    most = (min if begins else max)(sides, default=rank)
    if rank <= most:
        return []
    which = (
        f"with init: {settings.init}, the smaller side of the smallest layer"
        if begins
        else ("the smaller side of the largest layer that is adapted: no update has a higher rank")
    )
    expected, remedy = f"at most {most}, {which}", "lower it; 8 to 64 do for most tasks"
    return [Problem(where="recipe", path="weights.rank", expected=expected, got=str(rank), remedy=remedy)]


def _matrices(source: ModelSource) -> dict[str, int]:
    """The smaller side of each linear layer in a model's files but embeddings and output; empty where not known."""
    shapes = {name: shape for name, shape in tensor_shapes(source.path).items() if len(shape) == 2}
    if any(".experts." in name for name in shapes):  # experts are renamed when they are loaded
        return {}
    layers = {name.removesuffix(".weight"): min(shape) for name, shape in shapes.items() if name.endswith(".weight")}
    outside = ("wte", "wpe", "shared", "lm_head")
    return {name: side for name, side in layers.items() if "embed" not in _last(name) and _last(name) not in outside}


def check_init(settings: WeightsSettings, *known: str) -> list[Problem]:
    """A start that this method does not have."""
    if settings.init in known:
        return []
    expected = f"one of {', '.join(known)}, the starts of {settings.method}"
    remedy = "use method: qlora for it" if settings.init == "loftq" else "leave init out, or use method: lora"
    return [Problem(where="recipe", path="weights.init", expected=expected, got=repr(settings.init), remedy=remedy)]


def _unknown(unknown: Sequence[str], known: set[str]) -> Problem:
    return Problem(
        where="recipe",
        path="weights.targets",
        expected="names of linear layers: " + listed(sorted(known)),
        got=listed(unknown),
        remedy=suggestion(unknown[0], known),
    )


def _linear_layers(module: Any) -> set[str]:
    import torch

    return {
        _last(name)
        for name, item in module.named_modules()
        if isinstance(item, torch.nn.Linear) or type(item).__name__ in ("Conv1D", "Linear4bit", "Linear8bitLt")
    }


def _last(name: str) -> str:
    return name.rpartition(".")[2]
