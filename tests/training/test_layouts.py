"""The same loss and gradients in every layout, architecture by architecture; what is not exact is found out."""

from typing import Any

import pytest
from tests.models.test_forest import random_rows
from tests.models.test_last_layer import model

from metier.models import Profile
from metier.models.trees.tree_attention import NAME, use_trees
from metier.training import METHODS, OBJECTIVES, Row, WeightsSettings
from metier.training.adapting.soft_prompting import behind_prefix
from metier.training.batching.layouts import choose, difference

ARCHITECTURES = [
    "Llama", "Qwen2", "Qwen3", "Mistral", "Gemma", "Gemma2", "Gemma3Text", "Phi", "Phi3", "GPT2", "GPTNeoX", "Olmo2",
    "Granite", "OPT", "StableLm", "Cohere", "SmolLM3", "Qwen3Moe", "GptOss",
]  # fmt: skip
OBJECTIVE = OBJECTIVES.get("completion")
ROW = Row(id="a", ids=(1, 2), weights=(0.0, 1.0))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("layout", ["tree", "chain"])
def test_loss_and_gradients_are_those_of_one_row_an_example(architecture: str, layout: Any) -> None:
    assert difference(model(architecture), OBJECTIVE, layout) < 1e-5


@pytest.mark.parametrize("architecture", ["Bloom", "Falcon"])
def test_a_model_that_cannot_take_trees_gets_padded_rows(architecture: str) -> None:
    found = choose(model(architecture, alibi=True), OBJECTIVE, ROW)
    assert found.layout == "padded"
    assert "not exact" in found.why


def test_a_recurrent_model_gets_padded_rows() -> None:
    import transformers

    module = transformers.AutoModelForCausalLM.from_config(
        transformers.MambaConfig(vocab_size=64, hidden_size=16, num_hidden_layers=2)
    )
    assert choose(module, OBJECTIVE, ROW).layout == "padded"


@pytest.mark.parametrize("architecture", ["Mistral", "Gemma2", "Gemma3Text"])
def test_paths_longer_than_a_sliding_window(architecture: str) -> None:
    """The window counts positions along the path, not places in the packed row."""
    assert difference(model(architecture, sliding_window=6), OBJECTIVE, "tree") < 1e-5


@pytest.mark.parametrize("seed", range(3))
def test_deep_forests_equal_padded_rows(seed: int) -> None:
    """Large nodes, small subtrees, duplicates; weights of every size."""
    module = model("Llama")
    rows = [
        Row(id=str(i), ids=ids, weights=tuple(float((i + j) % 3) for j in range(len(ids))))
        for i, ids in enumerate(random_rows(seed))
        if len(ids) > 1
    ]

    def gradients(layout: Any) -> tuple[float, float, list[Any]]:
        module.zero_grad()
        total, weight = OBJECTIVE(module, rows, pad=0, device="cpu", layout=layout)
        total.backward()
        return float(total.detach()), weight, [p.grad.clone() for p in module.parameters()]

    expected, weight, right = gradients("padded")
    with use_trees(module):
        got, same_weight, grads = gradients("tree")
    assert got == pytest.approx(expected, rel=1e-5)
    assert same_weight == pytest.approx(weight)
    assert max(float((a - b).norm() / a.norm()) for a, b in zip(right, grads, strict=True)) < 1e-5


def test_a_model_is_as_it_was_afterwards() -> None:
    module = model("Llama")
    before = module.config._attn_implementation
    with use_trees(module):
        assert module.config._attn_implementation == NAME
    assert module.config._attn_implementation == before


def test_the_self_test_finds_a_broken_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are packed but see each other must not pass for exact."""
    from metier.models.trees import rectangles

    module = model("Llama")
    real = rectangles.Attending.__init__

    def leaky(self: Any, forest: Any, device: str, **more: Any) -> None:
        whole = forest.nodes[0]._replace(start=0, end=len(forest.ids), until=len(forest.ids))
        real(self, forest, device, **more)
        self.pieces = [rectangles.Piece(0, whole.end, 0, whole.end, "causal")]

    monkeypatch.setattr(rectangles.Attending, "__init__", leaky)
    assert choose(module, OBJECTIVE, ROW).layout == "padded"


def test_the_recipe_may_ask_for_padded_rows_or_chains() -> None:
    module = model("Llama")
    assert choose(module, OBJECTIVE, ROW).layout == "tree"
    assert choose(module, OBJECTIVE, ROW, wanted="chain").layout == "chain"
    assert choose(module, OBJECTIVE, ROW, wanted="padded").layout == "padded"


@pytest.mark.parametrize("architecture", ["Llama", "GPT2"])
def test_trees_are_computed_where_products_are_rounded_on_the_way(architecture: str) -> None:
    import torch

    def rounded(*what: Any, **how: Any) -> Any:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return OBJECTIVE(*what, **how)

    assert difference(model(architecture), rounded, "tree") < 0.1


@pytest.mark.parametrize("architecture", ["Llama", "Qwen3", "Gemma", "GPT2", "GPTNeoX", "Phi3", "OPT"])
@pytest.mark.parametrize("layout", ["tree", "chain"])
def test_rows_behind_a_soft_prompt_share_their_starts(architecture: str, layout: Any) -> None:
    assert difference(behind_prefix(model(architecture)), OBJECTIVE, layout) < 1e-5


@pytest.mark.parametrize("architecture", ["Mistral", "Gemma2"])
def test_windows_reach_over_a_soft_prompt(architecture: str) -> None:
    assert difference(behind_prefix(model(architecture, sliding_window=6)), OBJECTIVE, "tree") < 1e-5


@pytest.mark.parametrize("method", ["prompt_tuning", "p_tuning", "prefix_tuning", "p_tuning_v2"])
def test_virtual_tokens_learn_the_same_in_trees(method: str) -> None:
    profile = Profile(family="causal")
    module = METHODS.get(method).prepare(
        model("Llama"), WeightsSettings(method=method, virtual_tokens=4, encoder_width=32), profile
    )
    assert difference(module, OBJECTIVE, "tree") < 1e-5
