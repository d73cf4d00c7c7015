"""A rate of its own for an encoder's head: which parameters have it, and that they move by it."""

from pathlib import Path
from typing import Any

import pytest
import torch

from metier.approaches import ApproachSettings, Resources, build, check
from metier.approaches.tuning import fine_tuning
from metier.core import Task
from metier.data import Dataset
from metier.training import WeightsSettings
from metier.training.stepping.optimizer import adamw, set_rate

SMALL = {"epochs": 1.0, "batch_size": 16, "max_length": 100, "learning_rate": 1e-3, "head_learning_rate": 1e-2}


@pytest.mark.parametrize(
    ("given", "others"),
    [
        ({"method": "full"}, {1.0}),
        ({"method": "bitfit"}, {1.0}),
        ({"method": "lora", "rank": 2, "rate_ratio": 4}, {1.0, 4.0}),
        ({"method": "lora", "rank": 2, "replay": {"l2": 0.1}}, {1.0}),
    ],
)
def test_the_head_and_nothing_else_has_its_rate(
    given: dict[str, Any],
    others: set[float],
    datasets: dict[str, Dataset],
    resources: Resources,
    tiny_encoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rates: dict[str, float] = {}
    train = fine_tuning.train

    def seen(module: Any, objective: Any, rows: Any, validation: Any, plan: Any, **how: Any) -> Any:
        trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
        optimizer = adamw(module, plan.course, learning_rate=plan.learning_rate, weight_decay=0.0)
        set_rate(optimizer, plan.learning_rate)
        rate_of = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
        rates.update({name: rate_of[id(p)] / plan.learning_rate for name, p in trained.items()})
        return train(module, objective, rows, validation, plan, **how)

    monkeypatch.setattr(fine_tuning, "train", seen)
    settings = ApproachSettings(model=str(tiny_encoder), weights=WeightsSettings(**{**SMALL, **given}))
    build("encoder", settings, datasets["classify"], resources, tmp_path / "encoder")
    head = {name for name in rates if "classifier" in name or "pooler" in name}
    assert any("classifier" in name for name in head)
    assert {round(rates[name], 6) for name in head} == {10.0}
    assert {round(rate, 6) for name, rate in rates.items() if name not in head} == others


def test_a_head_that_hardly_learns_stays_where_it_began(
    datasets: dict[str, Dataset], resources: Resources, tiny_encoder: Path, tmp_path: Path
) -> None:
    def moved(folder: Path, rate: float | None) -> float:
        from safetensors.torch import load_file

        weights = WeightsSettings(**{**SMALL, "method": "full", "head_learning_rate": rate})
        settings = ApproachSettings(model=str(tiny_encoder), weights=weights)
        build("encoder", settings, datasets["classify"], resources, folder)
        found = load_file(folder / "weights" / "model.safetensors")["classifier.weight"]
        start = fresh.setdefault("start", found) if rate == 1e-12 else fresh["start"]
        return float((found - start).abs().max())

    fresh: dict[str, torch.Tensor] = {}
    assert moved(tmp_path / "still", 1e-12) == 0.0
    slow, quick = moved(tmp_path / "slow", None), moved(tmp_path / "quick", 1e-2)
    assert 0 < slow < quick / 3


@pytest.mark.parametrize(
    ("model", "kind", "given", "said"),
    [
        ("encoder", "classify", {"method": "head"}, "trains nothing else"),
        ("causal", "classify", {"method": "lora"}, "an encoder"),
        ("encoder", "continue", {"method": "full"}, "no new head"),
    ],
)
def test_where_there_is_no_such_head_it_is_refused(
    model: str,
    kind: Any,
    given: dict[str, Any],
    said: str,
    resources: Resources,
    tiny_causal: Path,
    tiny_encoder: Path,
) -> None:
    folder = tiny_encoder if model == "encoder" else tiny_causal
    settings = ApproachSettings(model=str(folder), weights=WeightsSettings(**given, head_learning_rate=0.01))
    task = Task(kind=kind, instruction="Sort.", labels=("card", "login", "refund") if kind == "classify" else ())
    found = [one for one in check("one", settings, task, resources) if one.path.endswith("head_learning_rate")]
    assert [said in one.expected for one in found] == [True]
