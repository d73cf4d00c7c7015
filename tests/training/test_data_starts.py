"""LoRA starts that look at the data, or at what few bits have lost."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU
from tests.training.method_cases import make_case

from metier.models import load_module, locate
from metier.training import METHODS, Row, WeightsSettings, check_method, resolved
from metier.training.adapting.data_starts import begin_with_data


def inputs(module: Any, rows: list[Row]) -> dict[str, Any]:
    """The inputs of every adapted layer over all rows, one row at a time and without padding."""
    import torch

    found: dict[str, list[Any]] = {}
    layers = {name: item for name, item in module.named_modules() if hasattr(item, "lora_A")}
    hooks = [
        layer.register_forward_pre_hook(lambda _, given, name=name: found.setdefault(name, []).append(given[0][0]))
        for name, layer in layers.items()
    ]
    with torch.no_grad():
        for row in rows:
            module(input_ids=torch.tensor([row.ids]))
    for hook in hooks:
        hook.remove()
    return {name: torch.cat(parts) for name, parts in found.items()}


@pytest.mark.parametrize("family", ["causal", "encoder"])
def test_eva_begins_with_the_directions_in_which_inputs_vary_most(
    family: str, tiny_causal: Path, tiny_encoder: Path
) -> None:
    import torch

    case = make_case("lora", family, tiny_causal if family == "causal" else tiny_encoder)
    module, rows = case.fresh(), case.rows()
    begin_with_data(module, rows, pad=2, max_tokens=1000)
    whole = inputs(module.eval(), rows)
    for name, given in whole.items():
        layer = module.get_submodule(name)
        lower = layer.lora_A["default"].weight
        expected = torch.linalg.svd(given, full_matrices=False)[2][: len(lower)]
        alike = (lower @ expected.T).abs()  # directions are the same up to their sign
        torch.testing.assert_close(alike, torch.eye(len(lower)), atol=2e-3, rtol=0)
        assert not layer.lora_B["default"].weight.any()


def test_eva_in_small_batches_keeps_what_matters(tiny_causal: Path) -> None:
    import torch

    case = make_case("lora", "causal", tiny_causal)
    module = case.fresh()
    begin_with_data(module, case.rows(), pad=2, max_tokens=20)
    for name, given in inputs(module.eval(), case.rows()).items():
        lower = module.get_submodule(name).lora_A["default"].weight
        kept = (given @ lower.T).square().sum()
        best = torch.linalg.svdvals(given)[: len(lower)].square().sum()
        assert kept > 0.95 * best


@pytest.mark.parametrize("bits", [4, 8])
def test_loftq_begins_nearer_to_the_base_than_its_bits(tiny_causal: Path, bits: int) -> None:
    pytest.importorskip("bitsandbytes", reason="qlora needs bitsandbytes")
    import torch

    source, ids = locate(str(tiny_causal), folder=Path()), torch.tensor([[5, 6, 7, 8, 9, 10, 11]])
    settings = resolved(WeightsSettings(method="qlora", init="loftq", rank=16, bits=bits), "causal")
    assert check_method(settings, source) == []
    compute = CPU._replace(bits=bits)
    with torch.no_grad():
        right = load_module(source, CPU)(ids).logits
        plain = (load_module(source, compute)(ids).logits - right).norm()
        begun = METHODS.get("qlora").prepare(load_module(source, compute), settings, source.profile).eval()
        near = (begun(ids).logits - right).norm()
    assert near < 0.9 * plain


@pytest.mark.parametrize(("method", "init"), [("lora", "loftq"), ("qlora", "pissa"), ("dora", "eva")])
def test_a_start_that_a_method_does_not_have_is_refused(tiny_causal: Path, method: str, init: Any) -> None:
    if method == "qlora":
        pytest.importorskip("bitsandbytes", reason="qlora needs bitsandbytes")
    (problem,) = check_method(WeightsSettings(method=method, init=init), locate(str(tiny_causal), folder=Path()))
    assert problem.path == "weights.init"
