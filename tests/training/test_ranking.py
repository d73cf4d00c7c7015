"""Losses over rankings against plain formulas; parts that are computed again give the same gradient."""

from pathlib import Path
from typing import Any

import pytest
import torch

from metier.models import Compute, load_module, locate
from metier.training import TOGETHER, Row, contrastive_objective, ranking_objective
from metier.training.batching.batches import micro_batches
from metier.training.computing import in_parts as parts_module
from metier.training.computing.in_parts import in_parts
from metier.training.objectives import contrastive

CPU = Compute("cpu", "float32", "cpu in float32")
ROWS = [
    Row(id="a", ids=(5, 6), candidates=((7, 8, 9, 10), (11, 12))),
    Row(id="b", ids=(13, 14, 15), candidates=((16, 17), (18, 19, 20))),
    Row(id="c", ids=(21, 22), candidates=((16, 17), (7, 8))),  # the right one of b
]


@pytest.fixture
def encoder(tiny_encoder: Path) -> Any:
    return load_module(locate(str(tiny_encoder), folder=Path()), CPU).eval()


@pytest.fixture
def scorer(tiny_encoder: Path) -> Any:
    torch.manual_seed(0)
    return load_module(locate(str(tiny_encoder), folder=Path()), CPU, num_labels=1).eval()


def vector(module: Any, ids: tuple[int, ...]) -> Any:
    hidden = module(input_ids=torch.tensor([ids])).last_hidden_state[0]
    return torch.nn.functional.normalize(hidden.mean(0), dim=0)


def test_infonce_is_the_plain_formula_over_all_different_texts_of_a_step(encoder: Any) -> None:
    objective = contrastive_objective(temperature=0.1, pooling="mean")
    value, weight = objective(encoder, ROWS, pad=0, device="cpu", layout="padded")
    texts = [(7, 8, 9, 10), (11, 12), (16, 17), (18, 19, 20), (7, 8)]
    expected = 0.0
    for row in ROWS:
        cosines = torch.stack([vector(encoder, row.ids) @ vector(encoder, text) for text in texts]) / 0.1
        expected -= float(torch.log_softmax(cosines, 0)[texts.index(row.candidates[0])].detach())
    assert weight == 3
    assert float(value.detach()) == pytest.approx(expected, rel=1e-5)


def test_first_token_pooling_is_another_loss(encoder: Any) -> None:
    values = [
        float(contrastive.loss(encoder, ROWS, pad=0, device="cpu", layout="padded", pooling=how)[0].detach())
        for how in ("mean", "first")
    ]
    assert abs(values[0] - values[1]) > 1e-3


def test_a_ranking_is_a_softmax_over_its_own_texts(scorer: Any) -> None:
    value, weight = ranking_objective()(scorer, ROWS, pad=0, device="cpu", layout="padded")
    expected = 0.0
    for row in ROWS:
        scores = torch.cat([scorer(input_ids=torch.tensor([text])).logits[0, :1] for text in row.candidates])
        expected -= float(torch.log_softmax(scores, 0)[0].detach())
    assert weight == 3
    assert float(value.detach()) == pytest.approx(expected, rel=1e-5)


def test_parts_give_the_result_and_the_gradient_of_the_whole(encoder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def gradients(part_tokens: int) -> list[Any]:
        encoder.zero_grad()
        monkeypatch.setattr(
            contrastive, "in_parts", lambda *given, **named: in_parts(*given, **named, part_tokens=part_tokens)
        )
        contrastive.loss(encoder, ROWS, pad=0, device="cpu", layout="padded")[0].backward()
        return [p.grad.clone() for p in encoder.parameters() if p.grad is not None]

    encoder.requires_grad_(True)
    whole, parted = gradients(4096), gradients(6)
    assert len(whole) == len(parted) > 5
    for one, other in zip(whole, parted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)
    assert parts_module.PART_TOKENS > 0


def test_rankings_of_a_step_stay_together_whatever_the_memory() -> None:
    rows = [Row(id=str(i), ids=(1,) * 50, candidates=((1,) * 99, (2,))) for i in range(TOGETHER + 3)]
    assert [len(micro) for micro in micro_batches(rows, max_tokens=8, layout="padded")] == [TOGETHER, 3]
    assert (rows[0].weight, rows[0].trained_tokens) == (1.0, 1)
