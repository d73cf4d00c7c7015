"""Masked language modelling: the loss is torch's on the hidden tokens, and does not depend on who shares a batch."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.conftest import CPU

from metier.models import MaskedModel, locate
from metier.training import OBJECTIVES, Row
from metier.training.objectives.masked import SHARE, Masking, hidden

LENGTHS = (3, 9, 30, 41)


@pytest.fixture(scope="module")
def model(tiny_encoder: Path) -> MaskedModel:
    torch.manual_seed(3)
    source = locate(str(tiny_encoder), folder=Path())
    return MaskedModel(source, CPU)


@pytest.fixture(scope="module")
def masking(model: MaskedModel) -> Masking:
    return Masking(model.tokenizer.mask_token_id, len(model.tokenizer))


@pytest.fixture(scope="module")
def rows(model: MaskedModel) -> list[Row]:
    begin, end = model.marks
    return [
        Row(
            id=f"r{n}",
            ids=(*begin, *(10 + (7 * n + i) % 200 for i in range(n)), *end),
            weights=(0.0, *(SHARE,) * n, 0.0),
        )
        for n in LENGTHS
    ]


def loss_of(model: MaskedModel, rows: list[Row], masking: Masking) -> tuple[Any, float]:
    objective = partial(OBJECTIVES.get("masked"), masking=masking)  # pyright: ignore[reportCallIssue]
    return objective(model.module, rows, pad=model.tokenizer.pad_token_id, device="cpu", layout="padded")


def test_marks_are_never_hidden_and_a_share_of_the_rest_is(rows: list[Row], masking: Masking) -> None:
    for row, length in zip(rows, LENGTHS, strict=True):
        chosen, ids = hidden(row, masking, seed=1)
        assert len(chosen) == max(1, round(SHARE * length))
        assert set(chosen) <= set(range(1, length + 1))
        assert [place for place in range(len(ids)) if ids[place] != row.ids[place]] == [
            place for place in chosen if ids[place] != row.ids[place]
        ]


def test_most_of_what_is_chosen_is_masked(masking: Masking) -> None:
    row = Row(id="long", ids=tuple(range(10, 210)) * 40, weights=(1.0,) * 8000)
    chosen, ids = hidden(row, masking, seed=5)
    masked = sum(ids[place] == masking.mask for place in chosen) / len(chosen)
    same = sum(ids[place] == row.ids[place] for place in chosen) / len(chosen)
    assert masked == pytest.approx(0.8, abs=0.05)
    assert same == pytest.approx(0.1, abs=0.05)


def test_the_loss_and_its_gradients_are_torchs(model: MaskedModel, rows: list[Row], masking: Masking) -> None:
    model.module.eval().zero_grad()
    found, weight = loss_of(model, rows, masking)
    found.backward()
    got = {name: p.grad.clone() for name, p in model.module.named_parameters() if p.grad is not None}
    model.module.zero_grad()
    expected = torch.zeros(())
    from metier.core import derive

    for row in rows:
        chosen, ids = hidden(row, masking, seed=derive(0, "masks", row.id))
        logits = model.module(input_ids=torch.tensor([ids])).logits[0, chosen]
        wanted = torch.tensor([row.ids[place] for place in chosen])
        expected = expected + torch.nn.functional.cross_entropy(logits, wanted, reduction="mean") * row.weight
    expected.backward()
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    assert weight == pytest.approx(sum(row.weight for row in rows))
    for name, p in model.module.named_parameters():
        if p.grad is not None:
            assert torch.allclose(got[name], p.grad, atol=1e-5 * max(1.0, float(p.grad.abs().max())))


def test_other_rows_of_the_batch_change_nothing_and_other_steps_do(
    model: MaskedModel, rows: list[Row], masking: Masking
) -> None:
    def value(some: list[Row], *, seed: int, train: bool) -> float:
        torch.manual_seed(seed)
        model.module.train(train)
        for item in model.module.modules():
            if isinstance(item, torch.nn.Dropout):
                item.p = 0.0  # attention looks at the number, not at the mode
        with torch.no_grad():
            return float(loss_of(model, some, masking)[0])

    for train in (True, False):
        together = value(rows, seed=4, train=train)
        assert together == pytest.approx(sum(value([row], seed=4, train=train) for row in rows), rel=1e-5)
        assert (value(rows, seed=9, train=train) == together) == (not train)
    model.module.eval()
