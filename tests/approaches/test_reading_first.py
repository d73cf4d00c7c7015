"""Reading first, learning the task after: what raw text has taught is where the next training begins."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.approaches.systems import MakeResources

from metier.approaches import ApproachSettings, Resources, SweepSettings, build, check, load
from metier.core import ModelError
from metier.core.artifacts import read_json
from metier.data import Dataset
from metier.training import WeightsSettings

STILL = 1e-9
"""A learning rate at which nothing that shows is learnt."""


def approach(model: Path | None = None, **weights: Any) -> ApproachSettings:
    given = {"epochs": 1, "batch_size": 8, "max_length": 64, "learning_rate": 0.01} | weights
    return ApproachSettings(model=str(model) if model else None, weights=WeightsSettings(**given))


class Workshop:
    """Builds approaches for one kind of task after another, as several recipes do."""

    def __init__(self, resources: Resources, datasets: dict[str, Dataset], folder: Path) -> None:
        self.resources = replace(resources, built=folder, recipe_folder=folder)
        self.datasets, self.folder = datasets, folder

    def make(self, kind: str, **approaches: ApproachSettings) -> None:
        resources = replace(self.resources, siblings=approaches)
        for name, settings in approaches.items():
            task = self.datasets[kind].task
            assert check(name, settings, task, resources) == []
            build(name, settings, self.datasets[kind], resources, self.folder / name)

    def bits(self, name: str) -> float:
        system: Any = load(self.folder / name, self.datasets["continue"].task, self.resources)
        return sum(each.bits or 0.0 for each in system.predict(self.datasets["continue"].validation))

    def tensors(self, name: str) -> dict[str, Any]:
        (path,) = (self.folder / name / "weights").glob("*.safetensors")
        return load_file(path)


@pytest.fixture
def workshop(make_resources: MakeResources, datasets: dict[str, Dataset], tmp_path: Path) -> Workshop:
    return Workshop(make_resources(), datasets, tmp_path)


def shared(one: dict[str, Any], other: dict[str, Any], part: str) -> list[str]:
    """Names of tensors that both have, of a part of the model."""
    return [name for name in one if part in name and name in other]


@pytest.mark.parametrize(("first", "then"), [("lora", "lora"), ("lora", "full"), ("full", "lora"), ("full", "full")])
@pytest.mark.parametrize("family", ["causal", "encoder", "seq2seq"])
def test_reading_goes_on_where_it_ended(
    workshop: Workshop, tiny_encoder: Path, tiny_seq2seq: Path, family: str, first: str, then: str
) -> None:
    model = {"encoder": tiny_encoder, "seq2seq": tiny_seq2seq}.get(family)
    workshop.make(
        "continue",
        early=approach(model, method=first),
        late=approach(model, method=then, start="early", learning_rate=STILL),
    )
    assert workshop.bits("late") == pytest.approx(workshop.bits("early"), rel=2e-3)
    assert read_json(workshop.folder / "late/weights/training.json")["rows"] == len(workshop.datasets["continue"].train)


@pytest.mark.parametrize(("first", "then"), [("lora", "lora"), ("lora", "full"), ("full", "lora"), ("full", "full")])
def test_a_classifier_begins_with_what_its_encoder_has_read(
    workshop: Workshop, tiny_encoder: Path, first: str, then: str
) -> None:
    workshop.make("continue", read=approach(tiny_encoder, method=first))
    workshop.make(
        "classify", sort=approach(tiny_encoder, method=then, start=str(workshop.folder / "read"), learning_rate=STILL)
    )
    read, sorted_ = workshop.tensors("read"), workshop.tensors("sort")
    common = shared(read, sorted_, "encoder.layer")
    if first == then:
        assert common
        assert all(torch.allclose(read[name], sorted_[name], atol=1e-5) for name in common)
    assert not [name for name in sorted_ if "predictions" in name]  # the head for words stays behind
    assert read_json(workshop.folder / "sort/weights/training.json")["answers"][0] == "classify"
    system = load(workshop.folder / "sort", workshop.datasets["classify"].task, workshop.resources)
    assert len(system.predict(workshop.datasets["classify"].validation)) > 0


@pytest.mark.parametrize(("first", "then"), [("lora", "lora"), ("full", "lora"), ("lora", "full")])
def test_instruction_begins_with_what_a_causal_model_has_read(workshop: Workshop, first: str, then: str) -> None:
    workshop.make("continue", read=approach(method=first))
    told = approach(method=then, start=str(workshop.folder / "read"), learning_rate=STILL, max_length=200)
    workshop.make("generate", tell=told)
    if first == then:
        read, tell = workshop.tensors("read"), workshop.tensors("tell")
        assert all(torch.allclose(read[name], tell[name], atol=1e-5) for name in read)
    record = read_json(workshop.folder / "tell/weights/training.json")
    assert (record["below"] is not None) == ((first, then) == ("full", "lora"))


def test_what_was_read_with_another_model_is_no_beginning(workshop: Workshop, tiny_encoder: Path) -> None:
    workshop.make("continue", read=approach(method="lora"))
    wrong = approach(tiny_encoder, method="lora", start=str(workshop.folder / "read"))
    with pytest.raises(ModelError, match="made of another one"):
        build("x", wrong, workshop.datasets["classify"], workshop.resources, workshop.folder / "x")


def test_a_sweep_over_reading_takes_the_fewest_bits(workshop: Workshop) -> None:
    swept = approach(method="full", learning_rate=STILL).model_copy(
        update={"sweep": SweepSettings(over={"weights.learning_rate": [0.01]}, trials=2)}
    )
    workshop.make("continue", plain=approach(method="full", learning_rate=STILL), swept=swept)
    found = read_json(workshop.folder / "swept/sweep.json")["sweep"]
    assert found["metric"] == "bits_per_byte"
    assert found["chosen"] == {"weights.learning_rate": 0.01}
    assert found["best"] < found["default"]
    assert workshop.bits("swept") < workshop.bits("plain")
