"""The fused LoRA product against PEFT's own."""

from typing import Any

import pytest

from metier.training.computing.fused_lora import fused_lora


def adapted(**settings: Any) -> Any:
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(0)
    inner = torch.nn.Sequential(torch.nn.Linear(12, 20), torch.nn.ReLU(), torch.nn.Linear(20, 5, bias=False))
    model: Any = get_peft_model(inner, LoraConfig(r=3, lora_alpha=7, target_modules=["0", "2"], **settings))  # pyright: ignore
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter)
    return model


def gradients(model: Any, x: Any) -> tuple[Any, list[Any]]:
    model.zero_grad()
    out = model(x)
    (out**2).sum().backward()
    return out.detach(), [p.grad.clone() for p in model.parameters() if p.grad is not None]


@pytest.mark.parametrize("train_base", [False, True])
def test_it_computes_what_peft_computes(train_base: bool) -> None:
    import torch

    model = adapted()
    if train_base:
        model.requires_grad_(True)
    x = torch.randn(2, 6, 12, requires_grad=True)
    expected, right = gradients(model, x)
    slope = x.grad.clone()
    x.grad = None
    with fused_lora(model) as count:
        assert count == 2
        got, grads = gradients(model, x)
    assert torch.allclose(expected, got, atol=1e-5)
    assert torch.allclose(slope, x.grad, rtol=1e-4, atol=1e-4)
    assert len(right) == len(grads) == (7 if train_base else 4)
    assert all(torch.allclose(a, b, rtol=1e-4, atol=1e-4) for a, b in zip(right, grads, strict=True))
    assert torch.allclose(model(x), expected, atol=1e-5)  # as before, outside


@pytest.mark.parametrize("settings", [{"lora_dropout": 0.1}, {"use_dora": True}])
def test_other_forms_are_left_to_peft(settings: dict[str, Any]) -> None:
    with fused_lora(adapted(**settings)) as count:
        assert count == 0


def test_it_computes_what_peft_computes_under_autocast() -> None:
    import torch

    model, x = adapted(), torch.randn(2, 6, 12)
    with torch.autocast("cpu", torch.bfloat16):
        expected, right = gradients(model, x)
        with fused_lora(model) as count:
            assert count == 2
            got, grads = gradients(model, x)
    assert got.dtype == expected.dtype == torch.bfloat16
    assert torch.allclose(expected.float(), got.float(), rtol=0.05, atol=0.1)
    assert all(
        torch.allclose(a, b, rtol=0.1, atol=0.05 * float(a.abs().max())) for a, b in zip(right, grads, strict=True)
    )
