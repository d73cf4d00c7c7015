"""Answers drawn at random from a causal model: for training on its own answers, and for text that it writes by itself.

Legend: ``B`` rows of a batch, ``T`` tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from metier.core import Reporter, derive, step
from metier.models.causal import batches_by_length, left_padded
from metier.models.trees.tree_attention import without_trees
from metier.models.virtual.soft_prompts import virtual_tokens


class Drawing(NamedTuple):
    """How answers are drawn: from the model's own distribution, without top-k or top-p.

    Attributes:
        max_new_tokens: length limit of an answer, in tokens.
        pad: id of the padding token.
        temperature: logits are divided by it. 0: always the likeliest token.
        stops: tokens at which an answer ends; empty: every answer is ``max_new_tokens`` long.
    """

    max_new_tokens: int
    pad: int
    temperature: float = 1.0
    stops: tuple[int, ...] = ()


def sample(
    module: Any,
    prompts: Sequence[Sequence[int]],
    drawing: Drawing,
    *,
    seed: int,
    reporter: Reporter,
    label: str = "sample",
) -> list[tuple[int, ...]]:
    """One answer to each prompt, drawn at random, in their order. Give a prompt several times for several answers.

    A prompt that is there several times is read once.

    The draw depends on ``seed``, the weights and the prompts alone; the global random state is left as it was. On a
    CPU the same call gives the same answers.

    Args:
        module: evaluates; its weights stay as they are.
        prompts: token ids.
        drawing: how.
        seed: of the draw.
        reporter: told of the progress.
        label: what the bar is called.

    Returns:
        the tokens of each answer, its end mark included where it came to one.
    """
    import torch
    from transformers import GenerationConfig

    device = next(module.parameters()).device
    ends = list(drawing.stops) or [module.get_output_embeddings().weight.shape[0]]  # an id that no token has
    config = GenerationConfig(
        max_new_tokens=drawing.max_new_tokens,
        **_choice(drawing.temperature),
        repetition_penalty=1.0,
        eos_token_id=ends,
        pad_token_id=drawing.pad,
    )
    found: dict[int, tuple[int, ...]] = {}
    training = module.training
    module.eval()
    try:
        with (
            torch.random.fork_rng(),
            without_trees(module),
            torch.no_grad(),
            step(reporter, label, len(prompts), unit="answers") as bar,
        ):
            for number, batch in enumerate(batches_by_length(prompts, extra=drawing.max_new_tokens)):
                torch.manual_seed(derive(seed, "sample", number))
                ids, mask = (t.to(device) for t in left_padded([prompts[i] for i in batch], drawing.pad))
                cache = _shared(module, ids, mask)
                output = module.generate(
                    input_ids=ids,
                    attention_mask=mask,
                    generation_config=config,
                    **({} if cache is None else {"past_key_values": cache}),
                )
                for index, row in zip(batch, output[:, ids.shape[1] :].tolist(), strict=True):
                    found[index] = _ended(row, ends)
                bar.advance(len(batch))
    finally:
        module.train(training)
    return [found[i] for i in range(len(prompts))]


def _shared(module: Any, ids: Any, mask: Any) -> Any:
    """Keys and values of all prompts but their last tokens, each prompt computed once however often it is there.

    None where all prompts differ, or where the model keeps something else than keys and values.
    """
    import torch
    from transformers.cache_utils import DynamicCache, DynamicLayer

    rows = [tuple(row) for row in ids.tolist()]
    first = {row: place for place, row in reversed(list(enumerate(rows)))}
    if len(first) == len(rows) or ids.shape[1] < 2 or virtual_tokens(module):
        return None
    once = sorted(first.values())
    each = torch.tensor([once.index(first[row]) for row in rows], device=ids.device)
    seen = mask[once, :-1]
    cache = module(
        input_ids=ids[once, :-1],
        attention_mask=seen,
        position_ids=(seen.cumsum(1) - 1).clamp(min=0),
        use_cache=True,
        logits_to_keep=1,
    ).past_key_values
    if type(cache) is not DynamicCache or any(type(layer) is not DynamicLayer for layer in cache.layers):
        return None
    cache.batch_select_indices(each)
    return cache


def _choice(temperature: float) -> dict[str, Any]:
    """How transformers picks a token: the likeliest at 0."""
    if not temperature:
        return {"do_sample": False}
    return {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}


def _ended(row: Sequence[int], stops: Sequence[int]) -> tuple[int, ...]:
    """Up to and with the first end mark; what follows is padding."""
    end = next((i for i, token in enumerate(row) if token in stops), len(row) - 1)
    return tuple(row[: end + 1])
