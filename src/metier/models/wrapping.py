"""What stands inside of PEFT's wrapper, and which function its attention calls for a while."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


def base_of(module: Any) -> Any:
    """The model of transformers inside of ``module``; ``module`` itself where PEFT does not wrap it."""
    return module.get_base_model() if hasattr(module, "get_base_model") else module


def layers_of(base: Any) -> Any | None:
    """The layers of ``base`` in their order, as torch's list of modules; None where there is no such list, or several.

    Args:
        base: a model of transformers, unwrapped.
    """
    import torch

    number = getattr(base.config, "num_hidden_layers", 0)
    found = [module for module in base.modules() if isinstance(module, torch.nn.ModuleList) and len(module) == number]
    return found[0] if len(found) == 1 else None


@contextmanager
def attending_by(name: str, module: Any) -> Generator[None]:
    """Within it, ``module`` attends by the function that transformers knows as ``name``; afterwards as before.

    Raises:
        ValueError: the model does not use transformers' attention interface.
    """
    base = base_of(module)
    before = base.config._attn_implementation
    base.set_attn_implementation(name)
    try:
        yield
    finally:
        base.set_attn_implementation(before)
