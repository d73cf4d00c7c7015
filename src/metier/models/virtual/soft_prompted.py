"""Causal models with a soft prompt: virtual tokens that stand before everything, exact in every way of asking.

PEFT puts virtual tokens into its ``forward`` by widening the batch; position ids, tree masks and caches of the caller
are then ignored. Here the virtual tokens are what they are for a causal model, a beginning that all rows share: their
keys and values are computed once and stand in the cache, positions begin behind them, masks see them. Callers know
nothing of it: ids, masks, positions, caches and logits are those of the real tokens.

Legend: ``B`` rows, ``Q`` tokens of a call, ``P`` tokens cached before it, ``N`` virtual tokens.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import DynamicCache

from metier.models.trees.tree_attention import without_trees
from metier.models.virtual.soft_prompts import virtual_tokens


class SoftPrompted(torch.nn.Module):
    """A causal model behind virtual tokens."""

    def __init__(self, adapted: Any) -> None:
        super().__init__()
        self.adapted = adapted

    def forward(
        self,
        input_ids: Any,
        attention_mask: Any = None,
        position_ids: Any = None,
        past_key_values: Any = None,
        **rest: Any,
    ) -> Any:
        """Logits of the real tokens; masks are [B, P + Q] or additive [B, 1, Q, P + Q]."""
        num_virtual = virtual_tokens(self.adapted)
        if past_key_values is None or not past_key_values.get_seq_length():
            past_key_values = self._filled(past_key_values, len(input_ids))
        if attention_mask is not None:
            shape = (*attention_mask.shape[:-1], num_virtual)
            seen = attention_mask.new_full(shape, 0 if attention_mask.ndim == 4 else 1)
            attention_mask = torch.cat([seen, attention_mask], dim=-1)
        return self.adapted.get_base_model()(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=None if position_ids is None else position_ids + num_virtual,
            past_key_values=past_key_values,
            **rest,
        )

    def generate(self, input_ids: Any, attention_mask: Any, **rest: Any) -> Any:
        """As transformers' ``generate``: ids [B, Q + new]."""
        num_virtual = virtual_tokens(self.adapted)
        # The cache stands for the first N positions; ids there are only counted, so that any id will do.
        ahead = input_ids.new_zeros(len(input_ids), num_virtual)
        output = self.adapted.get_base_model().generate(
            input_ids=torch.cat([ahead, input_ids], dim=1),
            attention_mask=torch.cat([torch.ones_like(ahead), attention_mask], dim=1),
            past_key_values=self._filled(None, len(input_ids)),
            **rest,
        )
        return output[:, num_virtual:]

    def _filled(self, cache: Any, rows: int) -> Any:
        """``cache``, or a new one, with the keys and values of the virtual tokens for each row."""
        cache = DynamicCache() if cache is None else cache
        for layer, (keys, values) in enumerate(_keys_and_values(self.adapted)):
            cache.update(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), layer)
        return cache

    @property
    def config(self) -> Any:
        """The base model's."""
        return self.adapted.get_base_model().config

    @property
    def generation_config(self) -> Any:
        """The base model's."""
        return self.adapted.get_base_model().generation_config

    @property
    def active_peft_config(self) -> Any:
        """PEFT's settings of the soft prompt."""
        return self.adapted.active_peft_config

    def get_base_model(self) -> Any:
        """The model without its soft prompt."""
        return self.adapted.get_base_model()

    def save_pretrained(self, folder: Path) -> None:
        """Save the soft prompt in PEFT's layout."""
        self.adapted.save_pretrained(folder)


def _keys_and_values(adapted: Any) -> list[tuple[Any, Any]]:
    """What the virtual tokens leave in the cache of each layer, each [1, heads, N, width], with gradients."""
    prompt = adapted.get_prompt(1)
    if isinstance(prompt, DynamicCache):  # prefix tuning: keys and values themselves
        return _of(prompt)
    cache = DynamicCache()
    base = adapted.get_base_model()
    with without_trees(base):
        base(
            inputs_embeds=prompt.to(base.get_input_embeddings().weight.dtype),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
    return _of(cache)


def _of(cache: Any) -> list[tuple[Any, Any]]:
    return [(layer.keys, layer.values) for layer in cache.layers]
