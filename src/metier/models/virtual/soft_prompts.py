"""Which modules have a soft prompt, and how a causal model is asked behind one."""

from __future__ import annotations

from typing import Any


def has_soft_prompt(module: Any) -> bool:
    """Whether a module is PEFT's with a prompt-learning adapter."""
    return bool(getattr(getattr(module, "active_peft_config", None), "is_prompt_learning", False))


def virtual_tokens(module: Any) -> int:
    """How many positions of the window a soft prompt takes; 0 without one."""
    return int(module.active_peft_config.num_virtual_tokens) if has_soft_prompt(module) else 0


def with_soft_prompt(adapted: Any) -> Any:
    """A module that asks a causal model behind the soft prompt of ``adapted``.

    Args:
        adapted: PEFT's module for causal models, with prefix tuning, prompt tuning or P-tuning.

    Returns:
        a ``torch.nn.Module`` whose ``forward``, ``generate``, ``config`` and ``save_pretrained`` are those of a causal
        model; its parameters are those of ``adapted``, below ``adapted.``.
    """
    from metier.models.virtual.soft_prompted import SoftPrompted

    return SoftPrompted(adapted)
