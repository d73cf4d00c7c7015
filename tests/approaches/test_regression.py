"""Numbers by every way: the floors, an encoder, a model that writes, a hosted one."""

from pathlib import Path

import numpy as np
import pytest
from tests.approaches.systems import MakeResources
from tests.small_task import dataset_of, rows

from metier.approaches import ApproachSettings, build, check, load
from metier.approaches.floors.constant import decimals_for, numbers_in
from metier.approaches.tuning import rewards
from metier.core import Example, Task
from metier.core.artifacts import read_json
from metier.core.tasks.regress import number_of
from metier.data import Dataset
from metier.evaluation import METRICS
from metier.prompts import PromptSettings
from metier.training import OBJECTIVES, Row, WeightsSettings

WORTH = {"card": 900.0, "login": 1000.0, "refund": 1100.0}


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Amounts that depend on what the text is about, a little noise on top."""
    content = [(text, f"{WORTH[label] + n % 7 - 3 + 0.5:g}") for n, (text, label) in enumerate(rows(150))]
    return dataset_of(tmp_path, content, kind="regress")


def measured(dataset: Dataset, system, name: str = "r_squared") -> float:
    targets = [example.target or "" for example in dataset.validation]
    return METRICS.get(name).point(targets, [answer.text for answer in system.predict(dataset.validation)])


@pytest.mark.parametrize(("name", "least"), [("mean", -0.3), ("median", -0.3), ("nearest", 0.1), ("ridge", 0.9)])
def test_floors_answer_numbers(dataset, make_resources: MakeResources, tmp_path: Path, name: str, least: float):
    built = build(name, ApproachSettings(), dataset, make_resources(), tmp_path / name)
    assert built.record.summary.startswith("Floor: ")
    assert measured(dataset, load(tmp_path / name, dataset.task, make_resources())) > least


def test_constants_are_those_of_train(dataset, make_resources: MakeResources, tmp_path: Path):
    numbers = numbers_in(dataset.train)
    for name, expected in (("mean", np.mean(numbers)), ("median", np.median(numbers))):
        build(name, ApproachSettings(), dataset, make_resources(), tmp_path / name)
        (answer,) = load(tmp_path / name, dataset.task, make_resources()).predict([Example(id="q", input="what?")])
        assert float(answer.text) == pytest.approx(expected, abs=0.01)


def test_the_strength_is_chosen_by_cross_validation(dataset, make_resources: MakeResources, tmp_path: Path):
    record = build("ridge", ApproachSettings(), dataset, make_resources(), tmp_path / "ridge").record
    assert "by cross-validation" in record.notes[0]
    assert record.rows_in_weights == len(dataset.train) + len(dataset.validation)


def test_an_encoder_learns_numbers_in_their_own_unit(dataset, make_resources, tiny_encoder: Path, tmp_path: Path):
    weights = WeightsSettings(method="full", epochs=8, learning_rate=3e-3, batch_size=8)
    settings = ApproachSettings(model=str(tiny_encoder), weights=weights)
    built = build("numbers", settings, dataset, make_resources(), tmp_path / "numbers")
    numbers = numbers_in(dataset.train)
    state = read_json(tmp_path / "numbers" / "classifier.json")["state"]
    assert (state["mean"], state["spread"]) == (pytest.approx(np.mean(numbers)), pytest.approx(np.std(numbers)))
    assert "standard deviations of train" in " ".join(built.record.notes)
    system = load(tmp_path / "numbers", dataset.task, make_resources())
    assert measured(dataset, system) > 0.5
    assert measured(dataset, system, "mean_absolute_error") < 60


def test_an_encoder_that_has_learnt_nothing_answers_about_the_mean(dataset, make_resources, tiny_encoder, tmp_path):
    weights = WeightsSettings(method="head", epochs=1, learning_rate=1e-9)
    settings = ApproachSettings(model=str(tiny_encoder), weights=weights)
    build("numbers", settings, dataset, make_resources(), tmp_path / "numbers")
    for answer in load(tmp_path / "numbers", dataset.task, make_resources()).predict(dataset.validation):
        assert float(answer.text) == pytest.approx(1000, abs=300)


def test_the_loss_is_the_summed_squared_error():
    import torch

    logits = torch.tensor([[0.5], [-2.0]])

    def module(**inputs):
        return type("Output", (), {"logits": logits})

    made = [Row(id="a", ids=(1,), wanted=(0.0,)), Row(id="b", ids=(1, 2), wanted=(1.0,))]
    value, weight = OBJECTIVES.get("regression")(module, made, pad=0, device="cpu", layout="padded")
    assert (float(value), weight) == (pytest.approx(0.25 + 9.0), 2.0)


def test_a_number_alone_is_rewarded_where_it_is_right():
    task = Task(kind="regress", instruction="")
    assert rewards.default_reward("regress") == "closeness"
    assert rewards.check(["closeness"], task, folder=Path()) == []
    assert rewards.check(["mean_absolute_error"], task, folder=Path())
    worth = METRICS.get("closeness").point
    assert [worth(["3.5"], [answer]) for answer in ("3.5", "3.4", "")] == [1, 0, 0]


def test_a_causal_model_writes_numbers(dataset, make_resources: MakeResources, tmp_path: Path):
    settings = ApproachSettings(prompt=PromptSettings(max_new_tokens=6, sensitivity=2))
    record = build("asked", settings, dataset, make_resources(), tmp_path / "asked").record
    assert record.sensitivity is not None
    assert record.sensitivity.metric == "closeness"
    for answer in load(tmp_path / "asked", dataset.task, make_resources()).predict(dataset.validation[:4]):
        assert (number_of(answer.text) is None) == (answer.text == "")
        assert not answer.unparseable or answer.text == ""


@pytest.mark.parametrize(
    ("numbers", "places"), [([1, 5], 4), ([0, 1], 4), ([0, 0.01], 6), ([0, 250_000], 0), ([7, 7], 4)]
)
def test_answers_are_as_exact_as_the_data_needs(numbers: list[float], places: int):
    assert decimals_for(numbers) == places


def test_smoothed_numbers_are_a_problem(make_resources: MakeResources, tiny_encoder: Path):
    settings = ApproachSettings(model=str(tiny_encoder), weights=WeightsSettings(method="full", label_smoothing=0.1))
    (problem,) = check("numbers", settings, Task(kind="regress", instruction="Rate."), make_resources())
    assert problem.path == "approaches.numbers.weights.label_smoothing"
