"""Every method keeps the same promises; a new one is met by them through its file alone."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU

from metier.core import ModelError
from metier.models import load_module, locate
from metier.training import METHODS, WeightsSettings

CASES = [(name, family) for name in METHODS.names() for family in METHODS.get(name).families]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request: pytest.FixtureRequest, tiny_causal: Path, tiny_encoder: Path) -> tuple[str, Any, Any, Path]:
    import torch

    name, family = request.param
    folder = tiny_causal if family == "causal" else tiny_encoder
    source = locate(str(folder), folder=Path())
    torch.manual_seed(0)
    module = load_module(source, CPU, num_labels=None if family == "causal" else 3)
    return name, module, source, folder


def logits(module: Any) -> Any:
    import torch

    module.eval()
    with torch.no_grad():
        return module(input_ids=torch.tensor([[5, 6, 7, 8]])).logits


def test_the_output_at_the_start_is_the_bases(case: tuple[str, Any, Any, Path]) -> None:
    import torch

    name, module, source, _ = case
    before = logits(module)
    prepared = METHODS.get(name).prepare(module, WeightsSettings(method=name, rank=4), source.profile)
    assert torch.equal(logits(prepared), before)


def test_a_frozen_base_has_no_gradients_and_a_thawed_one_all(case: tuple[str, Any, Any, Path]) -> None:
    name, module, source, _ = case
    total = sum(p.numel() for p in module.parameters())
    prepared = METHODS.get(name).prepare(module, WeightsSettings(method=name, rank=4), source.profile)
    trained = sum(p.numel() for p in prepared.parameters() if p.requires_grad)
    if METHODS.get(name).frozen_base:
        assert 0 < trained < total / 2
    else:
        assert trained == total


def test_what_is_saved_loads_in_plain_transformers_and_peft(case: tuple[str, Any, Any, Path], tmp_path: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    name, module, source, folder = case
    prepared = METHODS.get(name).prepare(module, WeightsSettings(method=name, rank=4), source.profile)
    with torch.no_grad():
        for parameter in prepared.parameters():
            if parameter.requires_grad:
                parameter.add_(0.01 * torch.randn_like(parameter))
    expected = logits(prepared)
    prepared.save_pretrained(tmp_path)
    auto = AutoModelForCausalLM if source.profile.family == "causal" else AutoModelForSequenceClassification
    extra = {} if source.profile.family == "causal" else {"num_labels": 3}
    if (tmp_path / "adapter_config.json").is_file():
        loaded = PeftModel.from_pretrained(auto.from_pretrained(folder, **extra), tmp_path)
    else:
        loaded = auto.from_pretrained(tmp_path)
    assert torch.allclose(logits(loaded), expected, atol=1e-6)
    assert not list(tmp_path.glob("*.bin"))


def test_loras_parameter_count_is_the_formula(tiny_causal: Path) -> None:
    source = locate(str(tiny_causal), folder=Path())
    module = load_module(source, CPU)
    linear = [m for n, m in module.named_modules() if n.rpartition(".")[2] in source.profile.lora_targets]
    expected = sum(8 * (layer.in_features + layer.out_features) for layer in linear)
    prepared = METHODS.get("lora").prepare(module, WeightsSettings(rank=8), source.profile)
    assert sum(p.numel() for p in prepared.parameters() if p.requires_grad) == expected


def test_a_target_that_does_not_exist_is_an_error(tiny_causal: Path) -> None:
    source = locate(str(tiny_causal), folder=Path())
    settings = WeightsSettings(targets=("q_pro",))
    with pytest.raises(ModelError, match="did you mean 'q_proj'"):
        METHODS.get("lora").prepare(load_module(source, CPU), settings, source.profile)
