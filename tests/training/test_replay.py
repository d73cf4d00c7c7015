"""Against forgetting: rows mixed by weight, closeness to the start in every layout, a pull that is its formula."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU
from tests.training.test_supervised import PLAN, ROWS, lora

from metier.core import Silent
from metier.models import load_module, locate
from metier.models.slicing.tiny import write_tiny
from metier.models.trees.tree_attention import use_trees
from metier.training import (
    METHODS,
    OBJECTIVES,
    Anchored,
    Course,
    Frozen,
    Lesson,
    Row,
    Start,
    WeightsSettings,
    bits_per_byte,
    mixed,
    train,
)
from metier.training.stepping.checkpoints import trainable

PIECES = [Row(id=f"g{i}", ids=tuple(30 + (i * 5 + j) % 40 for j in range(12)), weights=(1.0,) * 12) for i in range(4)]


def full(folder: Path) -> Any:
    source = locate(str(folder), folder=Path())
    return METHODS.get("full").prepare(load_module(source, CPU), WeightsSettings(method="full"), source.profile)


def moved(module: Any) -> Start:
    """The start of ``module``, which then changes."""
    import torch

    start = Start(module)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(3)
        for parameter in module.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn_like(parameter))
    return start


def test_replayed_pieces_get_their_share_of_the_weight() -> None:
    rows = mixed(ROWS, PIECES, share=0.25)
    replayed = sum(row.weight for row in rows if row.replayed)
    assert replayed / sum(row.weight for row in rows) == pytest.approx(0.25)
    assert [row for row in rows if not row.replayed] == ROWS


@pytest.mark.parametrize("make", [lora, full])
def test_the_start_comes_back_and_goes_again(tiny_causal: Path, make: Any) -> None:
    import torch

    module = make(tiny_causal).eval()
    ids = torch.tensor([ROWS[0].ids])
    before = module(input_ids=ids).logits.detach()
    start = moved(module)
    after = module(input_ids=ids).logits.detach()
    assert not torch.equal(before, after)
    with start.opened() as opened, torch.no_grad():
        assert torch.equal(opened(input_ids=ids).logits, before)
    assert torch.equal(module(input_ids=ids).logits, after)


@pytest.mark.parametrize("layout", ["padded", "chain", "tree"])
@pytest.mark.parametrize("make", [lora, full])
def test_closeness_is_the_divergence_of_whole_distributions(tiny_causal: Path, make: Any, layout: Any) -> None:
    """Against the definition in float64, one row at a time, for the loss and for its gradients."""
    import torch

    module = make(tiny_causal).eval()
    start = moved(module)
    rows = mixed(ROWS[:4], PIECES[:2], share=0.3)
    lesson = Lesson(start, hard=0.7, soft=0.4, temperature=2.0)
    with use_trees(module) if layout != "padded" else torch.enable_grad():
        loss, weight = OBJECTIVES.get("distillation")(module, rows, pad=2, device="cpu", layout=layout, lesson=lesson)
        loss.backward()
    got = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    module.zero_grad()
    expected: Any = 0.0
    for row in rows:
        ids = torch.tensor([row.ids])
        with start.opened() as base, torch.no_grad():
            theirs = (base(input_ids=ids).logits[0].double() / 2).log_softmax(-1)
        logits = module(input_ids=ids).logits[0].double()
        ours, soft = logits.log_softmax(-1), (logits / 2).log_softmax(-1)
        for position in range(1, len(row.ids)):
            apart = (theirs[position - 1].exp() * (theirs[position - 1] - soft[position - 1])).sum()
            hard = -ours[position - 1, row.ids[position]]
            expected = expected + row.weights[position] * (0.7 * hard + 0.4 * 4 * apart)
    expected.backward()
    assert weight == pytest.approx(sum(row.weight for row in rows))
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for name, parameter in module.named_parameters():
        if parameter.grad is not None:
            assert torch.allclose(got[name], parameter.grad, atol=2e-5 * max(1.0, float(parameter.grad.abs().max()))), (
                name
            )


def test_closeness_counts_on_replayed_rows_alone_where_it_should(tiny_causal: Path) -> None:
    module = lora(tiny_causal, dropout=0).eval()
    start = moved(module)
    objective = OBJECTIVES.get("distillation")
    plain = partial(OBJECTIVES.get("completion"), module, pad=2, device="cpu", layout="padded")
    near = partial(
        objective, module, pad=2, device="cpu", layout="padded", lesson=Lesson(start, soft=1.0, replayed_only=True)
    )
    assert near(ROWS)[0].item() == pytest.approx(plain(ROWS)[0].item(), rel=1e-5)
    assert near(mixed(ROWS, PIECES, share=0.5))[0].item() > plain(mixed(ROWS, PIECES, share=0.5))[0].item() + 0.01


def test_the_pull_is_the_gradient_of_half_the_squared_distance(tiny_causal: Path) -> None:
    import torch

    module = lora(tiny_causal)
    start = moved(module)
    name, parameter = next((n, p) for n, p in module.named_parameters() if p.requires_grad)
    for other in module.parameters():
        other.grad = torch.zeros_like(other) if other.requires_grad else None
    Anchored(Course(), start, 0.3).add_gradients(module)
    distance = parameter.detach() - start.of(parameter)
    assert distance.abs().max() > 0
    assert torch.allclose(parameter.grad, 0.3 * distance)
    parameter.grad.zero_()
    Anchored(Course(), start, 0.3, new=(name.split(".")[-2],)).add_gradients(module)
    assert not parameter.grad.any()


def test_a_strong_pull_keeps_the_weights_near(tiny_causal: Path, tmp_path: Path) -> None:
    def distance(strength: float) -> float:
        module = full(tiny_causal)
        start = Start(module)
        plan = replace(PLAN, course=Anchored(Course(), start, strength), clip=1e9, weight_decay=0.0, epochs=10)
        train(
            module, OBJECTIVES.get("completion"), ROWS, [], plan,
            compute=CPU, folder=tmp_path / str(strength), reporter=Silent(),
        )  # fmt: skip
        return sum(float((p.detach() - start.of(p)).square().sum()) for p in module.parameters())

    assert distance(10.0) < 0.5 * distance(0.0)


def test_a_training_near_its_start_ends_the_same_after_a_kill(
    tiny_causal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start is that of the training, not that of the continuation."""
    import torch

    from metier.training.stepping import saving

    def go(folder: Path) -> Any:
        module = lora(tiny_causal)
        start = Start(module)
        plan = replace(PLAN, course=Anchored(Course(), start, 0.1), probe=OBJECTIVES.get("completion"))
        objective: Any = partial(OBJECTIVES.get("distillation"), lesson=Lesson(start, soft=0.5))
        train(module, objective, ROWS, ROWS[:2], plan, compute=CPU, folder=folder, reporter=Silent())
        return trainable(module)

    whole = go(tmp_path / "whole")
    save, seen = saving.Saver.save_when_due, []

    def killed(self: Any, *given: Any) -> None:
        save(self, *given)
        seen.append(1)
        if len(seen) == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(saving.Saver, "save_when_due", killed)
        with pytest.raises(KeyboardInterrupt):
            go(tmp_path / "killed")
    continued = go(tmp_path / "killed")
    assert all(torch.equal(whole[name], continued[name]) for name in whole)


def test_bits_a_byte_are_the_cross_entropy(tiny_causal: Path) -> None:
    import math

    import torch

    module = lora(tiny_causal).eval()
    nats = 0.0
    for row in PIECES:
        shares = module(input_ids=torch.tensor([row.ids])).logits[0].double().log_softmax(-1)
        nats -= sum(shares[i - 1, row.ids[i]].item() for i in range(1, len(row.ids)))
    found = bits_per_byte(module, PIECES, 100, PLAN, compute=CPU, reporter=Silent())
    assert found == pytest.approx(nats / math.log(2) / 100, rel=1e-5)


@pytest.mark.parametrize("layout", ["padded", "tree"])
def test_another_model_teaches_as_the_definition_says(tiny_causal: Path, tmp_path: Path, layout: Any) -> None:
    """A wider and deeper teacher, laid out in its own way."""
    import torch

    large = load_module(locate(str(write_tiny(tmp_path / "large", width=96, layers=3)), folder=Path()), CPU)
    module = lora(tiny_causal, dropout=0).eval()
    lesson = Lesson(Frozen(large, layout), hard=0.0, soft=1.0, temperature=3.0)
    got, _ = OBJECTIVES.get("distillation")(module, ROWS, pad=2, device="cpu", layout="padded", lesson=lesson)
    expected = 0.0
    for row in ROWS:
        ids = torch.tensor([row.ids])
        theirs, ours = (m(input_ids=ids).logits[0].double().div(3).log_softmax(-1) for m in (large, module))
        apart = 9 * (theirs.exp() * (theirs - ours)).sum(-1).detach()
        expected += sum(float(apart[i - 1]) * row.weights[i] for i in range(1, len(row.ids)))
    assert got.item() == pytest.approx(expected, rel=1e-4)
