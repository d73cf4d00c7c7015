"""A frozen encoder whose rows are read once trains the same head as one that reads them in every epoch."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU
from tests.training.tiny_training import PLAN, same

from metier.core import Silent
from metier.models import load_module, locate
from metier.training import METHODS, OBJECTIVES, Plan, Row, WeightsSettings, read_once, resolved, train
from metier.training.batching import reading_once as room
from metier.training.stepping.checkpoints import trainable

LABELS = 3
ROWS = [
    Row(
        id=f"r{i}",
        ids=tuple(5 + (i * 7 + j) % 50 for j in range(3 + i % 5)),
        label=i % LABELS,
        tags=tuple((i + j) % LABELS for j in range(3 + i % 5)),
    )
    for i in range(12)
]
EPOCHS = replace(PLAN, epochs=4, tokens_per_micro_batch=20)


def headed(folder: Path, *, tokens: bool = False) -> Any:
    import torch

    source = locate(str(folder), folder=Path())
    torch.manual_seed(0)
    module = load_module(source, CPU, num_labels=LABELS, tokens=tokens)
    return METHODS.get("head").prepare(module, resolved(WeightsSettings(method="head"), "encoder"), source.profile)


def trained(module: Any, folder: Path, *, once: bool, plan: Plan = EPOCHS, objective: Any = None) -> Any:
    around: Any = {"compute": CPU, "reporter": Silent()}
    with read_once(module, ROWS, plan, **around) if once else nullcontext(True) as known:
        assert known
        return train(
            module, objective or OBJECTIVES.get("classification"), ROWS, ROWS[:4], plan, folder=folder, **around
        )


def passes(module: Any) -> list[int]:
    """Grows by the rows of every pass through the first layer."""
    seen: list[int] = []
    layer = module.base_model.encoder.layer[0]
    layer.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    return seen


@pytest.mark.parametrize("tokens", [False, True], ids=["text", "tokens"])
def test_the_head_is_the_same_and_layers_see_each_row_once(tiny_encoder: Path, tmp_path: Path, tokens: bool) -> None:
    import torch

    objective = OBJECTIVES.get("tagging" if tokens else "classification")
    one, other = headed(tiny_encoder, tokens=tokens), headed(tiny_encoder, tokens=tokens)
    seen = passes(one)
    found = trained(one, tmp_path / "once", once=True, objective=objective)
    wanted = trained(other, tmp_path / "often", once=False, objective=objective)
    assert found.curve.losses == pytest.approx(wanted.curve.losses, rel=1e-5)
    assert found.curve.validation_losses == pytest.approx(wanted.curve.validation_losses, rel=1e-5)
    for name, tensor in trainable(one).items():
        torch.testing.assert_close(tensor, trainable(other)[name], rtol=1e-4, atol=1e-5)
    once = len({row.ids for row in ROWS})
    assert once < sum(seen) < 2 * once, "each row once, and the first batch again, to see that nothing changes"


def test_afterwards_the_model_reads_again(tiny_encoder: Path, tmp_path: Path) -> None:
    import torch

    module = headed(tiny_encoder)
    trained(module, tmp_path, once=True)
    assert "forward" not in vars(module.base_model)
    seen = passes(module)
    module(input_ids=torch.tensor([list(ROWS[0].ids)]))
    assert seen == [1]


def test_tokens_that_were_not_read_are_read_as_ever(tiny_encoder: Path) -> None:
    import torch

    module = headed(tiny_encoder)
    wanted = module.eval()(input_ids=torch.tensor([[5, 6, 7, 8, 9]])).logits
    with read_once(module, ROWS, EPOCHS, compute=CPU, reporter=Silent()) as known:
        found = module.eval()(input_ids=torch.tensor([[5, 6, 7, 8, 9]])).logits
    assert known
    torch.testing.assert_close(found, wanted)


def test_a_training_that_goes_on_ends_the_same_bit_for_bit(tiny_encoder: Path, tmp_path: Path) -> None:
    whole = headed(tiny_encoder)
    trained(whole, tmp_path / "whole", once=True)
    calls, plain = 0, OBJECTIVES.get("classification")

    def breaking(module: Any, rows: Any, **how: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 17:
            raise KeyboardInterrupt
        return plain(module, rows, **how)

    with pytest.raises(KeyboardInterrupt):
        trained(headed(tiny_encoder), tmp_path / "killed", once=True, objective=breaking)
    assert list((tmp_path / "killed").glob("*/step-*"))
    again = headed(tiny_encoder)
    trained(again, tmp_path / "killed", once=True)
    assert same(trainable(again), trainable(whole))


def test_what_does_not_fit_is_read_in_every_epoch(tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_BYTES", 1000)
    module = headed(tiny_encoder)
    with read_once(module, ROWS, EPOCHS, compute=CPU, reporter=Silent()) as known:
        assert not known
        assert "forward" not in vars(module.base_model)


def test_a_head_that_asks_for_more_than_states_is_left_alone(tiny_encoder: Path) -> None:
    module = headed(tiny_encoder)
    plain, body = module.forward, module.base_model

    def asking(**inputs: Any) -> Any:
        if "forward" in vars(body):  # as a head that reads what this file does not give
            raise AttributeError("no attentions")
        return plain(**inputs)

    module.forward = asking
    with read_once(module, ROWS, EPOCHS, compute=CPU, reporter=Silent()) as known:
        assert not known
        assert "forward" not in vars(body)
