"""Several tasks behind one body: each row is learnt by its own loss, from its own outputs, as if it stood alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from metier.models import load_module, locate
from metier.models.device import Compute
from metier.training import OBJECTIVES, OfPart, Part, Row, keep_outputs

CPU = Compute("cpu", "float32", "")
PARTS = Part("classification", 0, 3), Part("labelling", 3, 5), Part("regression", 5, 6)
ROWS = [
    Row(id="a", ids=(0, 9, 10, 11, 1), label=2),
    Row(id="b", ids=(0, 9, 1), label=0, worth=0.5),
    Row(id="c", ids=(0, 12, 13, 1), wanted=(1.0, 0.0), part=1, worth=2.0),
    Row(id="d", ids=(0, 14, 15, 16, 17, 1), wanted=(0.7,), part=2, worth=0.25),
]
AROUND: Any = {"pad": 2, "device": "cpu", "layout": "padded"}


@pytest.fixture
def module(tiny_encoder: Path) -> Any:
    torch.manual_seed(0)
    return load_module(locate(str(tiny_encoder), folder=Path()), CPU, num_labels=6)


def gradients(module: Any, loss: Any) -> list[Any]:
    module.zero_grad(set_to_none=True)
    loss.backward()
    return [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in module.parameters()]


def test_the_loss_is_the_sum_of_each_tasks_own(module: Any) -> None:
    several: Any = OBJECTIVES.get("several")
    total, weight = several(module, ROWS, parts=PARTS, **AROUND)
    alone = [
        OBJECTIVES.get(part.objective)(OfPart(module, part), [row], **AROUND)
        for row in ROWS
        for number, part in enumerate(PARTS)
        if row.part == number
    ]
    assert weight == pytest.approx(sum(row.weight for row in ROWS)) == pytest.approx(sum(w for _, w in alone))
    assert total.item() == pytest.approx(sum(one.item() for one, _ in alone), rel=1e-5)
    for mine, theirs in zip(gradients(module, total), gradients(module, sum(one for one, _ in alone)), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-6)


@pytest.mark.parametrize(
    ("part", "row"),
    [
        ("labelling", ROWS[2]),
        ("regression", replace(ROWS[3], part=0)),
        ("tagging", Row(id="e", ids=(0, 9, 10, 1), tags=(-1, 1, 0, -1), worth=1.0)),
    ],
)
def test_a_row_counts_for_its_worth(part: str, row: Row, tiny_encoder: Path) -> None:
    source = locate(str(tiny_encoder), folder=Path())
    module = load_module(source, CPU, num_labels=len(row.wanted) or 2, tokens=bool(row.tags))
    loss = OBJECTIVES.get(part)
    once, weight = loss(module, [replace(row, worth=1.0)], **AROUND)
    thrice, more = loss(module, [replace(row, worth=3.0)], **AROUND)
    assert thrice.item() == pytest.approx(3 * once.item(), rel=1e-5)
    assert more == 3 * weight == replace(row, worth=3.0).weight


def test_outputs_of_other_tasks_feel_nothing(module: Any) -> None:
    several: Any = OBJECTIVES.get("several")
    gradients(module, several(module, [ROWS[2]], parts=PARTS, **AROUND)[0])
    felt = module.classifier.weight.grad.abs().sum(1) > 0
    assert felt.tolist() == [False] * 3 + [True] * 2 + [False]


@pytest.mark.parametrize("method", ["full", "lora"])
def test_what_is_kept_gives_what_it_gave(method: str, module: Any, tiny_encoder: Path, tmp_path: Path) -> None:
    from metier.training import METHODS, WeightsSettings, resolved

    source = locate(str(tiny_encoder), folder=Path())
    settings = resolved(WeightsSettings(method=method), "encoder")
    module = METHODS.get(method).prepare(module, settings, source.profile).eval()
    ids = torch.tensor([[0, 9, 10, 1]])
    with torch.no_grad():
        before = module(input_ids=ids).logits
        keep_outputs(module, source.profile, 3)
        assert torch.allclose(module(input_ids=ids).logits, before[:, :3], atol=1e-6)
    METHODS.get(method).save(module, settings, tmp_path)
    again = load_module(source, CPU, weights=tmp_path, num_labels=3)
    with torch.no_grad():
        assert torch.allclose(again(input_ids=ids).logits, before[:, :3], atol=1e-6)
