"""Drawing answers: by the model's own distribution, the same by the same seed, and nothing else disturbed."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU

from metier.core import Silent
from metier.models import Drawing, load_module, locate, sample
from metier.models.trees.tree_attention import use_trees


@pytest.fixture(scope="module")
def module(tiny_causal: Path) -> Any:
    return load_module(locate(str(tiny_causal), folder=Path()), CPU)


def drawn(module: Any, prompts: list[list[int]], drawing: Drawing, *, seed: int = 1) -> list[tuple[int, ...]]:
    return sample(module, prompts, drawing, seed=seed, reporter=Silent())


def test_tokens_come_as_often_as_the_model_says(module: Any) -> None:
    import torch

    ids, count = [5, 6, 7, 8], 3000
    answers = drawn(module, [ids] * count, Drawing(max_new_tokens=1, pad=2, temperature=0.5))
    shares = (module(input_ids=torch.tensor([ids])).logits[0, -1].double() / 0.5).softmax(-1)
    seen = torch.bincount(torch.tensor([row[0] for row in answers]), minlength=len(shares)) / count
    spread = (shares * (1 - shares) / count).sqrt()
    assert ((seen - shares).abs() < 5 * spread + 1e-9).all()


def test_the_seed_decides_and_the_global_state_stays(module: Any) -> None:
    import torch

    prompts, drawing = [[5, 6, 7], [9, 8, 7, 6, 5], [5, 6, 7]], Drawing(max_new_tokens=6, pad=2)
    torch.manual_seed(4)
    expected = torch.rand(3)
    torch.manual_seed(4)
    first = drawn(module, prompts, drawing)
    assert torch.equal(torch.rand(3), expected)
    assert drawn(module, prompts, drawing) == first
    assert drawn(module, prompts, drawing, seed=2) != first
    assert first[0] != first[2]
    assert all(len(row) == 6 for row in first)


def test_an_answer_ends_with_its_mark(module: Any) -> None:
    stops = tuple(range(0, 200))  # most tokens end it
    answers = drawn(module, [[5, 6, 7]] * 50, Drawing(max_new_tokens=30, pad=2, stops=stops))
    assert all(row[-1] in stops and not set(row[:-1]) & set(stops) for row in answers)


def test_without_temperature_the_likeliest_token_is_taken_inside_of_trees_too(module: Any) -> None:
    import torch

    ids, greedy = [5, 6, 7, 8], Drawing(max_new_tokens=4, pad=2, temperature=0.0)
    with use_trees(module):
        (answer,) = drawn(module, [ids], greedy)
    for token in answer:
        assert token == int(module(input_ids=torch.tensor([ids])).logits[0, -1].argmax())
        ids = [*ids, token]


def test_a_prompt_that_is_there_several_times_is_answered_as_if_alone(module: Any) -> None:
    greedy = Drawing(max_new_tokens=5, pad=2, temperature=0.0)
    prompts = [[5, 6, 7, 8], [30, 31, 32, 33, 34, 35, 36], [5, 6, 7, 8], [40, 41], [40, 41]]
    alone = [drawn(module, [ids], greedy)[0] for ids in prompts]
    assert drawn(module, prompts, greedy) == alone
    assert len(set(alone)) == 3
