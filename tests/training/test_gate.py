"""A training that changed nothing, or left the numbers, is not called trained."""

from typing import Any

import pytest

from metier.core import Silent, TrainingError
from metier.training.stepping.gate import check_changed, fingerprints


@pytest.fixture
def module() -> Any:
    import torch

    module = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 2).to(torch.bfloat16))
    module.register_parameter("scale", torch.nn.Parameter(torch.tensor(1.0)))
    module[0].bias.requires_grad_(False)
    return module


def add(parameter: Any, value: float) -> None:
    import torch

    with torch.no_grad():
        parameter.view(-1)[0].add_(value)


def test_every_trained_tensor_is_looked_at(module: Any, silent: Silent) -> None:
    start = fingerprints(module)
    assert len(start) == 4
    with pytest.raises(TrainingError, match="no weight has changed"):
        check_changed(module, start, silent)
    add(module[0].bias, 1)  # frozen: does not count
    with pytest.raises(TrainingError, match="no weight has changed"):
        check_changed(module, start, silent)
    add(module[1].weight, 1)
    check_changed(module, start, silent)
    assert silent.events[-1]["text"].startswith("3 of 4 trained tensors did not change")
    for name in ("scale", "0.weight", "1.bias"):
        add(module.get_parameter(name), 1)
    count = len(silent.events)
    check_changed(module, start, silent)
    assert len(silent.events) == count


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_are_numbers(module: Any, silent: Silent, value: float) -> None:
    start = fingerprints(module)
    add(module[1].weight, value)
    with pytest.raises(TrainingError, match=r"not numbers \(1\.weight, 1 of 4 tensors\)"):
        check_changed(module, start, silent)
