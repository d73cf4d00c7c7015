"""A small random twin of a model: the same architecture and switches, a few thousand weights, float32.

What holds for an architecture (does it take a tree mask? are its gradients right under one?) is asked of the twin: it
answers in milliseconds and to six digits, where the model itself is large, or rounds to bfloat16.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

VOCABULARY = 64
"""Token ids of a twin are below this; 0 to 2 are special."""
_SIZES = {
    "vocab_size": VOCABULARY,
    "num_hidden_layers": 2,
    "max_window_layers": 2,
    "intermediate_size": 64,
    "moe_intermediate_size": 32,
    "shared_expert_intermediate_size": 32,
    "ffn_hidden_size": 64,
    "ffn_dim": 64,
    "n_inner": 64,
    "num_local_experts": 4,
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "initializer_range": 0.08,  # large, so that a token seen by mistake shows
    "use_cache": True,
}


def furthest(right: tuple[Any, Sequence[Any]], got: tuple[Any, Sequence[Any]]) -> float:
    """Largest relative difference of a value and the gradients behind it; infinity where something is no number.

    A gradient that is small beside the largest counts in proportion to a thousandth of that.

    Args:
        right: a tensor of any shape, and gradients.
        got: the same, computed another way.
    """
    scale = 1e-3 * max(float(gradient.norm()) for gradient in right[1])
    apart = [float((right[0] - got[0]).norm()) / float(right[0].norm())]
    apart += [float((a - b).norm()) / max(float(a.norm()), scale) for a, b in zip(right[1], got[1], strict=True)]
    worst = max(apart)
    return worst if worst == worst else float("inf")


def small_twin(module: Any, *, like: Any = None) -> Any | None:
    """A random float32 model of the architecture of ``module``, on the CPU, in evaluation mode.

    Heads keep their width (rotary settings depend on it); there are two of them, two layers (more where layers are of
    several types) and 64 tokens. torch's random state is left as it was.

    Args:
        module: an unwrapped model of transformers.
        like: the class of the twin; None: the causal model of its architecture.

    Returns:
        the twin; None where the architecture does not come in a small size.
    """
    import torch
    from transformers import AutoModelForCausalLM

    try:
        config = _small(module.config)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            if like is not None:
                return like._from_config(config, dtype=torch.float32).eval()
            return AutoModelForCausalLM.from_config(config, dtype=torch.float32, trust_remote_code=False).eval()
    except Exception:  # whatever an unknown architecture raises when it is made small, the answer is: no twin
        return None


def _small(config: Any) -> Any:
    small = copy.deepcopy(config)
    heads = config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    for name, size in _SIZES.items():
        if getattr(small, name, None) is not None:
            setattr(small, name, size)
    small.num_attention_heads = 2
    for name in ("num_key_value_heads", "num_kv_heads"):
        if getattr(config, name, None) is not None:
            setattr(small, name, 2 if getattr(config, name) == heads else 1)
    small.hidden_size = 2 * width
    if getattr(config, "word_embed_proj_dim", None) is not None:
        small.word_embed_proj_dim = small.hidden_size
    types = getattr(config, "layer_types", None)
    if types:
        kept = sorted(dict.fromkeys(types), key=list(types).index)
        small.layer_types = kept if len(kept) > 1 else kept * 2
        small.num_hidden_layers = len(small.layer_types)
    return small
