"""Many texts through a model in parts that are computed again for the gradient: memory of one part, result of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

PART_TOKENS = 2048
"""Upper bound of tokens (texts times longest) of a part."""


def in_parts(
    compute: Callable[[Any, Any], Any],
    texts: Sequence[Sequence[int]],
    *,
    pad: int,
    device: str,
    part_tokens: int = PART_TOKENS,
) -> Any:
    """What ``compute`` makes of each text, in their order, [N, D].

    Args:
        compute: ``(ids, mask)``, both [n, T], to [n, D].
        texts: token ids.
        pad: id of the padding token.
        device: where to compute.
        part_tokens: upper bound of tokens of a part.
    """
    import torch
    from torch.utils.checkpoint import checkpoint

    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    parts: list[list[int]] = []
    for i in order:
        if not parts or (len(parts[-1]) + 1) * len(texts[parts[-1][0]]) > part_tokens:
            parts.append([])
        parts[-1].append(i)
    found: list[Any] = []
    for part in parts:
        longest = len(texts[part[0]])
        ids = torch.tensor([[*texts[i], *[pad] * (longest - len(texts[i]))] for i in part], device=device)
        mask = torch.tensor([[1] * len(texts[i]) + [0] * (longest - len(texts[i])) for i in part], device=device)
        again = len(parts) > 1 and torch.is_grad_enabled()
        done: Any = checkpoint(compute, ids, mask, use_reentrant=False) if again else compute(ids, mask)
        found.append(done)
    back = torch.tensor([i for part in parts for i in part], device=device).argsort()
    return torch.cat(found)[back]
