"""NEFTune: noise on what the embedding gives while training, which keeps a model from learning its rows by heart.

Jain et al. 2023, arXiv 2310.05914: each number gets uniform noise of at most ``alpha / sqrt(L * D)``, with ``L`` the
tokens of its row and ``D`` the width. Every row has its own noise, so rows do not share their start; padding counts
for nothing. Encoder-decoder models get it before the encoder alone.

Legend: ``B`` rows, ``T`` tokens, ``D`` width of an embedding.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from metier.models.trees.tree_attention import forest_now
from metier.models.wrapping import base_of


@contextmanager
def noisy_embeddings(module: Any, alpha: float) -> Generator[None]:
    """Within it, ``module`` learns with noise of strength ``alpha`` (0: none); in evaluation mode nothing changes."""
    if not alpha:
        yield
        return
    base = base_of(module)
    reader = base.get_encoder() if base.config.is_encoder_decoder else base
    noise = _Noise(alpha)
    hooks = [
        module.register_forward_pre_hook(noise.note, with_kwargs=True),
        reader.get_input_embeddings().register_forward_hook(noise.add),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class _Noise:
    """Notes the lengths of the rows of a forward pass, and adds noise where their embeddings are made."""

    def __init__(self, alpha: float) -> None:
        self._alpha = alpha
        self._lengths: Any = None  # [B, 1, 1], or [1, T, 1] for packed rows; None: nothing is to be made noisy

    def note(self, module: Any, args: Any, inputs: dict[str, Any]) -> None:
        """Before a forward pass of the whole model."""
        import torch

        self._lengths = None
        if not module.training:
            return
        mask = inputs.get("attention_mask")
        if mask is not None:
            self._lengths = mask.sum(1)[:, None, None]
        elif (forest := forest_now()) is not None:
            sizes = [node.end - node.start for node in forest.nodes for _ in range(node.start, node.end)]
            self._lengths = torch.tensor(sizes, device=inputs["input_ids"].device)[None, :, None]

    def add(self, embedding: Any, args: Any, output: Any) -> Any:
        """After the embedding: the first time in a pass, which is the encoder's where there are two."""
        import torch

        if self._lengths is None:
            return output
        lengths, self._lengths = self._lengths, None
        most = self._alpha / (lengths * output.shape[-1]).to(torch.float32).sqrt()
        noise = torch.empty_like(output, dtype=torch.float32).uniform_(-1, 1)
        return output + (noise * most).to(output.dtype)
