from pathlib import Path

import numpy as np
import pytest
from tests.conftest import CPU

from metier.core import Silent
from metier.models import CausalModel, locate
from metier.models.trees.label_scoring import build_trie, score_rows, score_trees, tree_is_exact

ANSWERS = [[5, 6, 7], [5, 6, 8, 9], [10], [11, 6], [5, 12]]
PROMPTS = [[3, 4, 20, 21, 22], [3, 4, 20, 30], [3, 4, 40, 41, 42, 43, 44, 45]]


@pytest.fixture(scope="module")
def model(tiny_causal: Path) -> CausalModel:
    return CausalModel(locate(str(tiny_causal), folder=Path()), CPU)


def test_a_trie_shares_beginnings() -> None:
    trie = build_trie(ANSWERS)
    assert len(trie.edges) == 9
    assert sorted(trie.tokens) == [5, 6, 8, 11]  # tokens that have children
    assert [len(path) for path in trie.paths] == [3, 4, 1, 2, 2]


def test_tree_scores_equal_one_row_an_answer(model: CausalModel, silent: Silent) -> None:
    rows = score_rows(model.module, PROMPTS, ANSWERS, device="cpu", reporter=silent, label="")
    trees = score_trees(model.module, PROMPTS, ANSWERS, device="cpu", reporter=silent, label="")
    assert np.abs(rows - trees).max() < 1e-5


@pytest.mark.parametrize("prompts", [PROMPTS[:1], [PROMPTS[0], PROMPTS[0]], [[3], [4]]])
def test_edge_cases_of_the_shared_prefix(model: CausalModel, silent: Silent, prompts: list[list[int]]) -> None:
    rows = score_rows(model.module, prompts, ANSWERS, device="cpu", reporter=silent, label="")
    trees = score_trees(model.module, prompts, ANSWERS, device="cpu", reporter=silent, label="")
    assert np.abs(rows - trees).max() < 1e-5


@pytest.mark.parametrize("architecture", ["GPT2", "Qwen2", "Mistral", "GPTNeoX", "Gemma2", "Phi3"])
def test_the_self_check_says_yes_where_scores_agree(architecture: str, silent: Silent) -> None:
    import torch
    import transformers

    config = getattr(transformers, f"{architecture}Config")(
        vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=64, max_position_embeddings=128, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    torch.manual_seed(0)
    module = transformers.AutoModelForCausalLM.from_config(config).eval()
    assert tree_is_exact(module), f"{architecture} should take a tree mask"
    rows = score_rows(module, PROMPTS, ANSWERS, device="cpu", reporter=silent, label="")
    trees = score_trees(module, PROMPTS, ANSWERS, device="cpu", reporter=silent, label="")
    assert np.abs(rows - trees).max() < 1e-4


def test_a_model_in_bfloat16_is_still_scored_by_tree(tiny_causal: Path) -> None:
    model = CausalModel(locate(str(tiny_causal), folder=Path()), CPU._replace(dtype="bfloat16"))
    assert tree_is_exact(model.module)


def test_an_architecture_that_ignores_the_mask_is_found_out(silent: Silent) -> None:
    import torch
    from transformers import AutoModelForCausalLM, BloomConfig

    torch.manual_seed(0)
    config = BloomConfig(vocab_size=64, hidden_size=32, n_layer=2, n_head=4)
    module = AutoModelForCausalLM.from_config(config).eval()
    assert not tree_is_exact(module)


@pytest.mark.parametrize("label", ["", "answer"])
def test_the_model_falls_back_to_rows(model: CausalModel, silent: Silent, label: str) -> None:
    by_tree = model.score(PROMPTS, ANSWERS, reporter=silent, label=label)
    model._score_by_tree = False
    by_row = model.score(PROMPTS, ANSWERS, reporter=silent, label=label)
    model._score_by_tree = None
    assert np.abs(by_tree - by_row).max() < 1e-5
