"""Earlier weights put into a fresh module: an adapter into its like, or added to the base."""

from __future__ import annotations

from typing import Any

from metier.core import ModelError
from metier.models import Profile
from metier.training.adapting.adapters import adapted, task_type
from metier.training.adapting.origin import Origin, start_problem

WEIGHTS = "adapter_model.safetensors"


def put_adapter(module: Any, origin: Origin, profile: Profile, *, keep_head: bool) -> None:
    """Write an earlier adapter into the fresh one of ``module``.

    Args:
        module: what the method's ``prepare`` gave.
        origin: the earlier weights, an adapter.
        profile: the model's.
        keep_head: whether an encoder's head goes along; False: it stays as it is.

    Raises:
        ModelError: the earlier adapter has other tensors, or of other shapes.
    """
    from peft import get_peft_model_state_dict, set_peft_model_state_dict
    from safetensors.torch import load_file

    assert origin.folder is not None, "its weights are there once it is built"
    wrapped = module.adapted if hasattr(module, "adapted") else module  # a causal model's soft prompt
    earlier = load_file(origin.folder / WEIGHTS)
    own: dict[str, Any] = get_peft_model_state_dict(wrapped, save_embedding_layers=False)
    taken = {name for name in own if keep_head or not in_head(name, profile)}
    wrong = [name for name in sorted(taken) if name not in earlier or earlier[name].shape != own[name].shape]
    wrong += [name for name in sorted(earlier) if name not in own and not _in_other_head(name, profile)]
    if wrong:
        expected = f"an adapter of the same layers and shapes as this approach's, which has {len(own)} tensors"
        got = f"{origin.name!r}, which differs in {len(wrong)}, such as {wrong[0]}"
        raise ModelError([start_problem(expected, got, "leave rank, alpha and targets out, or begin elsewhere")])
    set_peft_model_state_dict(wrapped, {name: earlier[name] if name in taken else own[name] for name in own})


def base_with(module: Any, origin: Origin, profile: Profile, *, keep_head: bool) -> Any:
    """The base with an earlier adapter added to its weights; PEFT is gone from it.

    Raises:
        ModelError: the adapter does not fit the model.
    """
    from peft import PeftConfig

    assert origin.folder is not None, "its weights are there once it is built"
    config: Any = PeftConfig.from_pretrained(str(origin.folder))
    config.inference_mode, config.task_type = True, task_type(module, profile)
    if kept := getattr(config, "modules_to_save", None):
        config.modules_to_save = [name for name in kept if name not in profile.other_head] or None
    wrapped = adapted(module, config)
    put_adapter(wrapped, origin, profile, keep_head=keep_head)
    return _unwrapped(wrapped.merge_and_unload())


def _unwrapped(module: Any) -> Any:
    """``module`` with trained heads in their plain places, which merging norms leaves wrapped."""
    from peft.utils import ModulesToSaveWrapper

    for name, item in list(module.named_modules()):
        if isinstance(item, ModulesToSaveWrapper):
            module.set_submodule(name, item.modules_to_save[item.active_adapters[0]])
    return module


def renew_head(module: Any, profile: Profile) -> None:
    """Give an encoder's head a random start, as transformers does, from torch's seed."""
    import torch

    std = float(getattr(module.config, "initializer_range", 0.02))
    for name, layer in module.named_modules():
        if isinstance(layer, torch.nn.Linear) and any(f".{head}." in f".{name}." for head in profile.head):
            torch.nn.init.normal_(layer.weight, std=std)
            bias: Any = layer.bias  # torch types it as always there
            if bias is not None:
                torch.nn.init.zeros_(bias)


def _in_other_head(name: str, profile: Profile) -> bool:
    """Whether a tensor belongs to a head that is left behind: a classifier begins from what read raw text, say."""
    return any(f".{head}." in f".{name}" for head in profile.other_head)


def in_head(name: str, profile: Profile) -> bool:
    """Whether a tensor belongs to an encoder's head."""
    return profile.family == "encoder" and any(f".{head}." in f".{name}" for head in profile.head)
