"""What a method takes where the recipe is silent."""

from pathlib import Path
from typing import Any

import pytest

from metier.models import locate
from metier.training import METHODS, WeightsSettings, resolved


@pytest.mark.parametrize(
    ("method", "width", "rate"),
    [("lora", 4096, 2e-4), ("lora", 8192, 1.2e-4), ("qlora", 576, 9.2e-4), ("full", 576, 9.2e-5), ("full", 64, 1e-4),
     ("lora", 0, 2e-4), ("ia3", 576, 3e-3)],
)  # fmt: skip
def test_narrow_models_learn_faster(method: str, width: int, rate: float) -> None:
    assert resolved(WeightsSettings(method=method), "causal", width=width).learning_rate == pytest.approx(rate)


@pytest.mark.parametrize("family", ["encoder", "seq2seq"])
def test_rates_of_other_families_are_for_any_width(family: Any) -> None:
    rate = METHODS.get("lora").defaults(family).learning_rate
    assert resolved(WeightsSettings(method="lora"), family, width=64).learning_rate == rate


@pytest.mark.parametrize("paradigm", [{"preference": {}}, {"reinforce": {}}, {"learning_rate": 2e-4}])
def test_preferences_rewards_and_recipes_keep_their_rate(paradigm: dict[str, Any]) -> None:
    settings = WeightsSettings.model_validate({"method": "lora", **paradigm})
    assert resolved(settings, "causal", width=576).learning_rate == 2e-4


def test_the_width_is_that_of_the_models_config(tiny_causal: Path, tiny_encoder: Path, tiny_seq2seq: Path) -> None:
    assert all(locate(str(folder), folder=folder).width for folder in (tiny_causal, tiny_encoder, tiny_seq2seq))
