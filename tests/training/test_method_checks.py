"""What cannot work is refused before any work, with the reason."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU
from tests.training.method_cases import write_gpt2

from metier.core import ModelError
from metier.models import ModelSource, load_module, locate
from metier.models.finding.headers import tensor_shapes
from metier.models.slicing.tiny import write_tiny
from metier.training import METHODS, WeightsSettings, check_method, resolved
from metier.training.methods.adalora import budget


@pytest.fixture(scope="module")
def sources(tiny_causal: Path, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelSource]:
    from transformers import DistilBertConfig, DistilBertModel

    folder = tmp_path_factory.mktemp("sources")
    distil = write_tiny(folder / "distilbert", "encoder")
    DistilBertModel(DistilBertConfig(vocab_size=260, dim=32, n_layers=2, n_heads=4, hidden_dim=64)).save_pretrained(
        distil
    )
    gpt2 = write_gpt2(folder / "gpt2")
    found = {"llama": tiny_causal, "bert": tiny_encoder, "gpt2": gpt2, "distilbert": distil}
    return {name: locate(str(path), folder=Path()) for name, path in found.items()}


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("llama", {"method": "bitfit"}, "weights.method", "whose layers have none"),
    ("llama", {"method": "head"}, "weights.method", "works for encoder models"),
    ("distilbert", {"method": "prefix_tuning"}, "weights.method", "takes no keys and values"),
    ("distilbert", {"method": "p_tuning_v2"}, "weights.method", "takes no keys and values"),
    ("llama", {"method": "full", "rank": 8}, "weights.rank", "which it does not have"),
    ("llama", {"method": "ia3", "dropout": 0.1}, "weights.dropout", "which it does not have"),
    ("llama", {"method": "dora", "init": "pissa"}, "weights.init", "which it does not have"),
    ("llama", {"method": "lora", "targets": ("q_pro",)}, "weights.targets", "'q_pro'"),
    ("gpt2", {"method": "vera", "targets": ("q_proj",)}, "weights.targets", "'q_proj'"),
    ("llama", {"method": "freeze", "layers": 3}, "weights.layers", "3"),
    ("bert", {"method": "freeze", "layers": ("layers.0",)}, "weights.layers", "'layers.0'"),
    ("llama", {"method": "prompt_tuning", "virtual_tokens": 600}, "weights.virtual_tokens", "600"),
    ("llama", {"method": "prompt_tuning", "preference": {"loss": "dpo"}}, "weights.method", "drawn at random"),
    ("llama", {"method": "lora", "rank": 65}, "weights.rank", "65"),
    ("llama", {"method": "dora", "rank": 40, "targets": ("k_proj",)}, "weights.rank", "40"),
    ("bert", {"method": "adalora", "rank": 1000}, "weights.rank", "1000"),
    ("llama", {"method": "lora", "rank": 33, "init": "pissa"}, "weights.rank", "33"),  # k_proj has 32 outputs
    ("llama", {"method": "lora", "rank": 40, "init": "olora"}, "weights.rank", "40"),
    ("llama", {"method": "lroa"}, "weights.method", "'lroa'"),
]


@pytest.mark.parametrize(("model", "given", "path", "got"), REFUSED)
def test_what_does_not_apply_is_refused(
    sources: dict[str, ModelSource], model: str, given: dict[str, Any], path: str, got: str
) -> None:
    (problem,) = check_method(WeightsSettings(**given), sources[model])
    assert problem.path == path
    assert got in problem.got
    assert problem.remedy


@pytest.mark.parametrize(
    "given",
    [
        {"method": "lora", "rank": 64},
        {"method": "lora", "rank": 64, "init": "eva"},
        {"method": "lora", "rank": 32, "init": "pissa"},
        {"method": "lora", "rank": 64, "init": "olora", "targets": ("q_proj",)},
        {"method": "vera", "rank": 256},
    ],
)
def test_a_rank_that_the_layers_have_is_taken(sources: dict[str, ModelSource], given: dict[str, Any]) -> None:
    assert check_method(WeightsSettings(**given), sources["llama"]) == []


@pytest.mark.parametrize("model", ["llama", "bert", "gpt2", "distilbert"])
def test_what_is_not_refused_can_be_prepared(sources: dict[str, ModelSource], model: str) -> None:
    source = sources[model]
    for name in METHODS.names():
        settings = WeightsSettings(method=name)
        if check_method(settings, source):
            continue
        settings = resolved(settings, source.profile.family)
        module = load_module(source, CPU, num_labels=None if source.profile.family == "causal" else 2)
        prepared = METHODS.get(name).prepare(module, settings, source.profile)
        assert any(p.requires_grad for p in prepared.parameters()), name


def test_qlora_says_what_it_needs(sources: dict[str, ModelSource], monkeypatch: pytest.MonkeyPatch) -> None:
    from metier.training.methods import qlora

    monkeypatch.setattr(qlora, "find_spec", lambda name: None)
    (missing,) = check_method(WeightsSettings(method="qlora"), sources["llama"])
    assert "pip install metier[qlora]" in missing.remedy
    monkeypatch.setattr(qlora, "find_spec", lambda name: name)
    (fetching,) = check_method(WeightsSettings(method="qlora"), sources["llama"])
    assert "fetches code" in fetching.expected


@pytest.mark.parametrize("bits", [4, 8])
def test_few_bits_are_near_the_whole_and_learn_after_answering(sources: dict[str, ModelSource], bits: int) -> None:
    pytest.importorskip("bitsandbytes", reason="qlora needs bitsandbytes")
    import torch

    ids, source = torch.tensor([[5, 6, 7, 8]]), sources["llama"]
    module = load_module(source, CPU._replace(bits=bits))
    with torch.no_grad():
        right = load_module(source, CPU)(ids).logits
        assert 0 < (module(ids).logits - right).abs().max() < 0.2 * right.abs().max()
    settings = resolved(WeightsSettings(method="qlora", rank=4, bits=bits), "causal")
    module = METHODS.get("qlora").prepare(module, settings, source.profile).train()
    module(ids).logits.square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for name, p in module.named_parameters() if "lora_B" in name)


def test_targets_of_the_right_names_are_taken(sources: dict[str, ModelSource]) -> None:
    assert check_method(WeightsSettings(targets=("q_proj", "down_proj")), sources["llama"]) == []
    assert check_method(WeightsSettings(targets=("c_attn",)), sources["gpt2"]) == []


def test_a_target_that_slips_through_is_found_in_the_module(sources: dict[str, ModelSource]) -> None:
    source = sources["llama"]
    with pytest.raises(ModelError, match="did you mean 'q_proj'"):
        settings = resolved(WeightsSettings(targets=("q_pro",)), "causal")
        METHODS.get("lora").prepare(load_module(source, CPU), settings, source.profile)


def test_headers_are_what_the_module_has(sources: dict[str, ModelSource]) -> None:
    shapes = tensor_shapes(sources["llama"].path)
    module = load_module(sources["llama"], CPU)
    assert shapes == {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def test_headers_of_a_damaged_file_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"\xff" * 20)
    (tmp_path / "b.safetensors").write_bytes(b"\x03")
    (tmp_path / "c.safetensors").write_bytes((5).to_bytes(8, "little") + b"{nope")
    assert tensor_shapes(tmp_path) == {}


def test_adaloras_budget_falls_and_stays() -> None:
    found = [budget(step, total=50, start=24, target=16) for step in range(1, 51)]
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1]) == (24, 16)
