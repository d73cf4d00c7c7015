"""Quick dropout drops the same share as torch's, with the gradients of what it dropped."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU

from metier.models import load_module, locate
from metier.training.computing import quick_dropout as room
from metier.training.computing.quick_dropout import NAME, kept, quick_dropout


def nothing_dropped(shape: Any, p: float) -> tuple[Any, float]:
    import torch

    return torch.ones(*shape, dtype=torch.bool), 1.0


def fixed(shape: Any, p: float) -> tuple[Any, float]:
    """Always the same mask of a shape."""
    import torch

    return torch.rand(*shape, generator=torch.Generator().manual_seed(3)) >= p, 1 / (1 - p)


@pytest.fixture
def module(tiny_encoder: Path) -> Any:
    import torch

    torch.manual_seed(0)
    return load_module(locate(str(tiny_encoder), folder=Path()), CPU, num_labels=3).requires_grad_(True).train()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.003])
def test_the_share_is_the_one_that_was_asked_for(p: float) -> None:
    import torch

    torch.manual_seed(5)
    count = 400_000
    keep, growth = kept((count // 4, 4), p)
    dropped = 1 - float(keep.float().mean())
    assert abs(dropped - p) < 5 * (p * (1 - p) / count) ** 0.5 + 1 / 65536
    assert growth == pytest.approx(1 / (1 - p), rel=2e-5)
    neighbours = (~keep.view(-1)[1:] & ~keep.view(-1)[:-1]).float().mean()
    assert float(neighbours) == pytest.approx(p * p, abs=5 * p / count**0.5), "one number says nothing of the next"


def test_the_same_seed_drops_the_same_and_the_next_call_something_else() -> None:
    import torch

    torch.manual_seed(1)
    first, second = kept((1000,), 0.5)[0], kept((1000,), 0.5)[0]
    torch.manual_seed(1)
    assert torch.equal(kept((1000,), 0.5)[0], first)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("masked", ["nobody", "bool", "added"])
def test_attention_is_the_plain_formula_forward_and_backward(masked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(room, "kept", fixed)
    torch.manual_seed(2)
    tensors = [torch.randn(2, 3, 5, 4, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    query, key, value = tensors
    see = torch.ones(2, 1, 5, 5, dtype=torch.bool)
    see[1, :, :, 3:] = False
    added = torch.zeros(see.shape, dtype=torch.float64).masked_fill(~see, -1e9)
    mask = {"nobody": None, "bool": see, "added": added}[masked]
    module = torch.nn.Identity()
    module.is_causal = False
    found = room.attention(module, query, key, value, mask, dropout=0.25)[0]
    scores = query @ key.transpose(2, 3) / 2 + (0 if mask is None else added)
    keep, growth = fixed(scores.shape, 0.25)
    wanted = ((scores.softmax(-1) * keep * growth) @ value).transpose(1, 2)
    torch.testing.assert_close(found, wanted)
    slope = torch.randn_like(wanted)
    for one, other in zip(
        torch.autograd.grad(found, tensors, slope), torch.autograd.grad(wanted, tensors, slope), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_layers_drop_out_while_training_and_never_otherwise(module: Any) -> None:
    import torch

    layer = torch.nn.Sequential(torch.nn.Dropout(0.25))
    layer.register_parameter("somewhere", torch.nn.Parameter(torch.zeros(1)))
    x = torch.ones(2000, requires_grad=True)
    with quick_dropout(layer) as count:
        assert count == 1
        found = layer(x)
        found.sum().backward()
        assert torch.equal(found, x.grad), "what is dropped gets no gradient, the rest grows"
        assert sorted(set(found.tolist())) == pytest.approx([0, 4 / 3])
        layer.eval()
        assert layer(x) is x
    assert "forward" not in vars(layer[0])


def test_where_nothing_is_dropped_a_model_is_what_it_was(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    inputs = {
        "input_ids": torch.tensor([[5, 6, 7, 8], [9, 10, 2, 2]]),
        "attention_mask": torch.tensor([[1] * 4, [1, 1, 0, 0]]),
    }
    wanted = module.eval()(**inputs).logits
    plain = torch.autograd.grad(wanted.square().sum(), list(module.parameters()), allow_unused=True)
    monkeypatch.setattr(room, "kept", nothing_dropped)
    with quick_dropout(module.train()) as count:
        assert count > 5
        assert module.config._attn_implementation == NAME
        found = module(**inputs).logits
        torch.testing.assert_close(found, wanted)
        ours = torch.autograd.grad(found.square().sum(), list(module.parameters()), allow_unused=True)
        torch.testing.assert_close(module.eval()(**inputs).logits, wanted)
    assert module.config._attn_implementation == "sdpa"
    for one, other in zip(ours, plain, strict=True):
        if one is not None:
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_a_model_that_drops_nothing_is_left_alone(module: Any) -> None:
    import torch

    for layer in module.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
    with quick_dropout(module) as count:
        assert count == 0
        assert module.config._attn_implementation == "sdpa"
