"""The last layer computes only the positions that are asked for: exactly, or not at all."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import torch
from tests.models.test_forest import random_rows

from metier.models.slicing.twin import small_twin
from metier.models.trees.forest import Forest, plant
from metier.models.trees.last_layer import computing, difference
from metier.models.trees.tree_attention import attending, forest_now, use_trees

NARROW = [
    "Llama", "Qwen2", "Qwen3", "Mistral", "Gemma", "Gemma2", "Gemma3Text", "Phi3", "GPTNeoX", "Olmo2", "Granite",
    "OPT", "StableLm", "Starcoder2", "SmolLM3", "Mixtral", "Qwen3Moe", "GptOss",
]  # fmt: skip
WIDE = ["Phi", "Cohere", "GPT2"]
"""Built otherwise: what reads the hidden states first feeds more than attention, or shapes are fixed beforehand."""


def model(architecture: str, **changes: Any) -> Any:
    import transformers

    class Holder:
        config = getattr(transformers, f"{architecture}Config")()

    for name, value in changes.items():
        setattr(Holder.config, name, value)
    return small_twin(Holder())


@pytest.mark.parametrize("architecture", NARROW)
def test_logits_and_gradients_stay_the_same(architecture: str) -> None:
    assert difference(model(architecture)) < 1e-5


@pytest.mark.parametrize("architecture", ["Mistral", "Gemma2"])
def test_windows_count_along_the_path(architecture: str) -> None:
    assert difference(model(architecture, sliding_window=6)) < 1e-5


def inputs(forest: Forest) -> dict[str, Any]:
    return {
        "input_ids": torch.tensor([forest.ids]),
        "position_ids": torch.tensor([forest.positions]),
        "use_cache": False,
    }


def tokens_of(module: Any, forest: Forest, places: Any, inside: Callable[[Any], Any]) -> tuple[list[int], Any]:
    """How many tokens the feed-forward part of either layer computed, and the logits."""
    counted: list[int] = []
    hooks = [
        inside(layer).register_forward_hook(lambda _m, args, _o: counted.append(args[0].shape[-2]))
        for layer in module.base_model.layers
    ]
    with use_trees(module), computing(forest, module, "cpu", places) as kept:
        logits = module(**inputs(forest), logits_to_keep=kept).logits
    for hook in hooks:
        hook.remove()
    return counted, logits


@pytest.mark.parametrize("seed", range(4))
def test_the_last_layer_computes_no_more_than_asked(seed: int) -> None:
    module = model("Llama")
    forest = plant(random_rows(seed))
    places = torch.tensor(sorted(Random(seed).sample(range(len(forest.ids)), len(forest.ids) // 4)))
    counted, logits = tokens_of(module, forest, places, lambda layer: layer.mlp)
    assert counted == [len(forest.ids), len(places)]
    with use_trees(module), attending(forest, "cpu"):
        expected = module(**inputs(forest), logits_to_keep=places).logits
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)


def test_nearly_all_positions_are_computed_with_the_rest() -> None:
    module, forest = model("Llama"), plant([tuple(range(3, 23))])
    counted, logits = tokens_of(module, forest, torch.arange(1, 20), lambda layer: layer.mlp)
    assert counted == [20, 20]
    assert logits.shape[1] == 19


@pytest.mark.parametrize("architecture", WIDE)
def test_a_layer_that_is_built_otherwise_computes_all(architecture: str) -> None:
    module, forest = model(architecture), plant([tuple(range(3, 23))])
    assert difference(model(architecture)) == float("inf")
    with use_trees(module), computing(forest, module, "cpu", torch.tensor([4, 19])) as kept:
        assert module(**inputs(forest), logits_to_keep=kept).logits.shape[1] == 2


def test_an_error_inside_leaves_nothing_behind() -> None:
    module, forest = model("Llama"), plant([tuple(range(3, 23))])

    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    hook = module.base_model.layers[-1].mlp.register_forward_pre_hook(broken)
    with use_trees(module), computing(forest, module, "cpu", torch.tensor([4])) as kept, pytest.raises(RuntimeError):
        module(**inputs(forest), logits_to_keep=kept)
    hook.remove()
    assert forest_now() is None
    counted, _ = tokens_of(module, forest, torch.tensor([4]), lambda layer: layer.mlp)
    assert counted == [20, 1]
