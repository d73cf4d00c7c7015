"""Beginning from earlier weights: what is refused, and that what came before is there when training begins."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.approaches.systems import MakeResources

from metier.approaches import ApproachSettings, Resources, build, check, load, start_fingerprints
from metier.approaches.heads import HeadSystem
from metier.core import ModelError
from metier.core.artifacts import read_json
from metier.data import Dataset
from metier.training import WeightsSettings, read_origin

STILL = 1e-9
"""A learning rate at which nothing that shows is learnt."""


def approach(model: str | None = None, **weights: Any) -> ApproachSettings:
    given = {"epochs": 1, "batch_size": 16, "max_length": 200, "max_rows": 16, "learning_rate": 0.01} | weights
    if given.get("method", "lora") in ("lora", "dora") and "start" not in given:
        given = {"rank": 2} | given
    return ApproachSettings(model=model, weights=WeightsSettings(**given))


class Workshop:
    """Builds approaches of one recipe, each in its folder."""

    def __init__(self, resources: Resources, dataset: Dataset, folder: Path) -> None:
        self.resources, self.dataset, self.folder = (
            replace(resources, built=folder, recipe_folder=folder),
            dataset,
            folder,
        )

    def __call__(self, **approaches: ApproachSettings) -> None:
        self.resources = replace(self.resources, siblings=approaches)
        for name, settings in approaches.items():
            assert check(name, settings, self.dataset.task, self.resources) == []
            build(name, settings, self.dataset, self.resources, self.folder / name)

    def scores(self, name: str) -> Any:
        """What an approach says of each label before calibration, loaded anew."""
        system: Any = load(self.folder / name, self.dataset.task, self.resources)
        if isinstance(system, HeadSystem):
            model = system.reader.model
            texts = [model.encode(example.input)[0] for example in self.dataset.validation]
            return model.logits(texts, reporter=self.resources.reporter)
        return system.label_scores(self.dataset.validation, label="")


@pytest.fixture
def workshop(make_resources: MakeResources, datasets: dict[str, Dataset], tmp_path: Path) -> Workshop:
    return Workshop(make_resources(), datasets["classify"], tmp_path)


def close(one: Any, other: Any) -> bool:
    return bool(np.allclose(one, other, atol=2e-3))


@pytest.mark.parametrize(("first", "then"), [("lora", "lora"), ("dora", "dora"), ("lora", "full"), ("full", "lora")])
def test_training_begins_where_the_earlier_one_ended(workshop: Workshop, first: str, then: str) -> None:
    before = approach(method=first)
    workshop(
        base=approach(method="lora", learning_rate=STILL),
        early=before,
        late=approach(method=then, start="early", learning_rate=STILL),
    )
    assert not close(workshop.scores("base"), workshop.scores("early"))
    assert close(workshop.scores("late"), workshop.scores("early"))
    record = read_json(workshop.folder / "late/weights/training.json")
    assert record["rows"] == 16


def test_a_chain_stands_on_the_whole_model_that_it_began_with(workshop: Workshop) -> None:
    workshop(
        general=approach(method="full"),
        domain=approach(method="lora", start="general"),
        task=approach(method="lora", start="domain", learning_rate=STILL),
    )
    assert close(workshop.scores("task"), workshop.scores("domain"))
    assert not close(workshop.scores("task"), workshop.scores("general"))
    assert read_json(workshop.folder / "task/weights/training.json")["below"]["folder"] == "../../general/weights"
    (workshop.folder / "general/weights/model.safetensors").unlink()
    with pytest.raises(ModelError, match="build this approach again"):
        workshop.scores("task")


@pytest.mark.parametrize(("first", "then"), [("lora", "lora"), ("lora", "full"), ("full", "lora"), ("full", "full")])
def test_encoders_keep_their_head_where_the_labels_are_the_same(
    workshop: Workshop, tiny_encoder: Path, datasets: dict[str, Dataset], first: str, then: str
) -> None:
    encoder = str(tiny_encoder)
    early = approach(encoder, method=first)
    late = approach(encoder, method=then, start="early", learning_rate=STILL)
    workshop(early=early, late=late)
    assert close(workshop.scores("late"), workshop.scores("early"))
    labels = ("refund", "card", "login")
    task = replace(workshop.dataset.task, labels=labels)
    workshop.dataset = replace(workshop.dataset, task=task)
    build("late", late, workshop.dataset, workshop.resources, workshop.folder / "late")
    assert not close(workshop.scores("late"), workshop.scores("early"))  # the head is new, by the order of the labels


def test_a_folder_of_another_run_or_of_peft_will_do(workshop: Workshop) -> None:
    workshop(early=approach())
    elsewhere = workshop.folder / "elsewhere"
    (workshop.folder / "early").rename(elsewhere)
    late = approach(start=str(elsewhere), learning_rate=STILL)
    workshop(late=late)
    expected = workshop.scores("late")
    for file in ("training.json", "manifest.json"):
        (elsewhere / "weights" / file).unlink()
    workshop(late=late.model_copy(update={"weights": late.weights.model_copy(update={"start": "elsewhere/weights"})}))
    assert close(workshop.scores("late"), expected)


def test_other_earlier_weights_make_another_key(workshop: Workshop) -> None:
    late = approach(start="early")
    found: list[list[str]] = []
    for rate in (0.01, 0.02, 0.01):
        workshop(early=approach(learning_rate=rate))
        found.append(start_fingerprints(late, replace(workshop.resources, siblings={"early": approach()})))
    assert found[0] == found[2] != found[1]
    assert start_fingerprints(approach(), workshop.resources) == []


def problems(resources: Resources, name: str = "it", **approaches: ApproachSettings) -> list[str]:
    found = check(name, approaches[name], None, replace(resources, siblings=approaches))
    assert all(problem.path.startswith(f"approaches.{name}.weights.") for problem in found)
    return [
        f"{problem.path.rpartition('.')[2]}: {problem.expected}; {problem.got}; {problem.remedy}" for problem in found
    ]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"start": "it"}, "start: an approach that can be built first; a circle: it → it"),
        ({"start": "aerly"}, "did you mean 'early'"),
        ({"start": "asked"}, "'asked', which trains nothing"),
        ({"start": "early", "rank": 8}, "rank: 2, as the adapter of 'early' has it; 8; leave rank out"),
        ({"start": "early", "init": "pissa"}, "init: one beginning"),
        ({"start": "early", "method": "dora"}, "method: the method that made 'early', lora"),
        ({"start": "soft", "method": "full"}, "made by prompt_tuning"),
        ({"start": "prefix", "method": "prefix_tuning"}, "saves only what came out of its training"),
        ({"start": "other"}, "which was made of another one"),
        ({"start": "back"}, "a circle: it → back → it"),
    ],
)
def test_what_cannot_be_begun_from_is_refused(
    resources: Resources, tiny_encoder: Path, settings: dict[str, Any], words: str
) -> None:
    others = {
        "early": approach(),
        "asked": ApproachSettings(),
        "soft": approach(method="prompt_tuning"),
        "prefix": approach(method="prefix_tuning"),
        "other": approach(str(tiny_encoder), method="full"),
        "back": approach(start="it"),
    }
    (problem,) = problems(resources, it=approach(**settings), **others)
    assert words in problem


@pytest.mark.parametrize("settings", [{}, {"rank": 2}, {"method": "full"}])
def test_what_can_be_begun_from_is_not(resources: Resources, settings: dict[str, Any]) -> None:
    assert problems(resources, early=approach(), it=approach(start="early", **settings)) == []
    assert problems(resources, early=approach(init="pissa"), it=approach(start="early")) == []


def test_folders_that_do_not_fit_are_refused(resources: Resources, workshop: Workshop, tmp_path: Path) -> None:
    (nothing,) = problems(resources, it=approach(start=str(tmp_path)))
    assert "without them" in nothing
    workshop(early=approach())
    folder = workshop.folder / "early"
    (other,) = problems(resources, it=approach(start=str(folder), targets=("q_proj",)))
    assert other.startswith("targets:")
    path = folder / "weights/adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    (damaged,) = problems(resources, it=approach(start=str(folder)))
    assert "has other content than was written" in damaged


def test_a_whole_model_of_another_size_is_refused(resources: Resources, tmp_path: Path) -> None:
    from metier.models.slicing.tiny import write_tiny

    (problem,) = problems(resources, it=approach(start=str(write_tiny(tmp_path / "wide", width=32))))
    assert "tensors differ" in problem
    assert problems(resources, it=approach(start=str(write_tiny(tmp_path / "like", width=64)))) == []


def test_the_origin_of_an_adapter_is_what_its_files_say(workshop: Workshop) -> None:
    workshop(early=approach(init="olora", rank_stabilised=True))
    origin = read_origin("early", workshop.folder / "early/weights")
    assert (origin.method, origin.whole, origin.fixed["rank"], origin.fixed["rank_stabilised"]) == (
        "lora",
        False,
        4,
        True,
    )
    assert origin.answers == ()
    assert origin.rows == 16


def tensors(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    (path,) = folder.glob("weights/*.safetensors")
    return load_file(path)


def updates(folder: Path) -> dict[str, Any]:
    """What a LoRA adds to each layer."""
    config, found = read_json(folder / "weights/adapter_config.json"), tensors(folder)
    scale = config["lora_alpha"] / config["r"]
    lower = [name for name in found if ".lora_A." in name]
    return {name: scale * found[name.replace(".lora_A.", ".lora_B.")] @ found[name] for name in lower}


def test_several_adapters_become_their_weighted_average(workshop: Workshop) -> None:
    import torch

    workshop(
        one=approach(rank=2),
        two=approach(rank=3, alpha=9.0, learning_rate=0.02),
        both=approach(start={"one": 1, "two": 3}, epochs=0),
        more=approach(start={"one": 1, "two": 3}, method="full", learning_rate=STILL),
    )
    one, two, both = (updates(workshop.folder / name) for name in ("one", "two", "both"))
    for name, update in both.items():
        torch.testing.assert_close(update, 0.25 * one[name] + 0.75 * two[name])
    assert read_json(workshop.folder / "both/weights/adapter_config.json")["r"] == 5
    assert close(workshop.scores("more"), workshop.scores("both"))
    assert not list(workshop.folder.glob("*/start"))
    assert read_json(workshop.folder / "both/weights/training.json")["rows"] == 16


def test_several_whole_models_become_theirs_and_an_adapter_may_stand_on_it(workshop: Workshop) -> None:
    import torch

    workshop(
        one=approach(method="full"),
        two=approach(method="full", learning_rate=0.02),
        soup=approach(method="full", start={"one": 1, "two": 1}, epochs=0),
        on=approach(method="lora", start={"one": 1, "two": 1}, learning_rate=STILL),
    )
    one, two, soup = (tensors(workshop.folder / name) for name in ("one", "two", "soup"))
    for name, tensor in soup.items():
        torch.testing.assert_close(tensor, (one[name] + two[name]) / 2)
    assert close(workshop.scores("on"), workshop.scores("soup"))
    assert (workshop.folder / "on/start/model.safetensors").is_file()


@pytest.mark.parametrize("method", ["lora", "full", "ia3"])
def test_half_of_what_was_learnt_lies_half_way(workshop: Workshop, method: str) -> None:
    import torch
    from safetensors.torch import load_file

    workshop(whole=approach(method=method), half=approach(method=method, scale=0.5))
    whole, half = tensors(workshop.folder / "whole"), tensors(workshop.folder / "half")
    base = load_file(workshop.resources.source(None).path / "model.safetensors")
    for name, tensor in whole.items():
        start = {"lora": 0.0, "full": base.get(name, 0.0), "ia3": 1.0}[method]
        expected = tensor if ".lora_A." in name else start + (tensor - start) / 2
        torch.testing.assert_close(half[name], expected)


def test_the_scale_is_chosen_on_validation_and_recorded(workshop: Workshop) -> None:
    workshop(it=approach(scale=(0.001, 0.5), epochs=4))
    found = read_json(workshop.folder / "it/weights/training.json")
    assert [*found["scale"]["losses"]] == ["0.001", "0.5", "1.0"]
    assert found["scale"]["chosen"] in (0.5, 1.0)
    assert "the smallest scale whose validation loss cannot be told" in found["notes"][-1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"method": "dora", "scale": 0.5}, "scale: one of"),
        ({"init": "pissa", "scale": (0.5,)}, "scale: an update that begins at nothing"),
        ({"epochs": 0}, "epochs: something to learn, or earlier weights"),
        ({"start": {}}, "start: what to begin from"),
        ({"start": {"one": 1, "full": 1}}, "start: weights of one kind"),
        ({"start": {"dora": 1, "other": 1}, "method": "dora"}, "start: whole models, or adapters of"),
        ({"start": {"one": 1, "narrow": 1}}, "start: weights of one layers"),
        ({"start": {"one": 1, "two": 1}, "rank": 2}, "rank: 5, as the adapter of 'one and two' has it"),
    ],
)
def test_what_cannot_be_combined_or_scaled_is_refused(
    resources: Resources, settings: dict[str, Any], words: str
) -> None:
    others = {
        "one": approach(),
        "two": approach(rank=3),
        "narrow": approach(targets=("q_proj",)),
        "full": approach(method="full"),
        "dora": approach(method="dora"),
        "other": approach(method="dora"),
    }
    (problem,) = problems(resources, it=approach(**settings), **others)
    assert words in problem
