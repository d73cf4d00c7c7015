from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import QUICK

from metier.approaches import ApproachSettings, Resources, TokenCount, build, load
from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.tuning.beginning import Beginning
from metier.approaches.tuning.fine_tuning import Tuned, tune
from metier.approaches.tuning.formats import base_compute
from metier.approaches.tuning.rows import Prepared, answer_rows
from metier.core import TrainingError
from metier.core.artifacts import check_manifest, hash_file
from metier.data import Dataset
from metier.models import CausalModel, load_module
from metier.prompts import Prompt
from metier.training import METHODS, WeightsSettings, check_method, resolved
from metier.training.stepping import saving


class Training:
    """One training in a folder, that counts how often it has loaded a base to train."""

    def __init__(self, model: CausalModel, dataset: Dataset, resources: Resources, folder: Path) -> None:
        self.model, self.resources, self.folder, self.loaded = model, resources, folder, 0
        prompt = Prompt(instruction="Sort.")
        few = dataset.train[:16]
        self.rows = answer_rows(model, prompt, few, [()] * len(few), max_length=200)
        self.held_out = answer_rows(model, prompt, dataset.validation, [()] * len(dataset.validation), max_length=200)

    def __call__(self, rows: Prepared | None = None, **settings: Any) -> Tuned:
        def load() -> Any:
            self.loaded += 1
            return load_module(self.model.source, self.resources.compute)

        weights = resolved(QUICK.model_copy(update=settings), self.model.source.profile.family)
        return tune(
            load,
            self.model.tokenizer,
            rows or self.rows,
            self.held_out,
            Beginning(weights, self.model.source),
            resources=self.resources,
            folder=self.folder,
        )

    @property
    def fingerprint(self) -> str:
        return hash_file(self.folder / "weights" / "adapter_model.safetensors")


@pytest.fixture
def training(model: CausalModel, datasets: dict[str, Dataset], resources: Resources, tmp_path: Path) -> Training:
    return Training(model, datasets["classify"], resources, tmp_path)


def test_a_finished_training_is_taken_as_it_is(training: Training) -> None:
    first = training()
    before = training.fingerprint
    assert training() == first
    assert (training.loaded, training.fingerprint) == (1, before)


@pytest.mark.parametrize("change", [{"rank": 3}, {"learning_rate": 0.01}, {"epochs": 2.0}])
def test_changed_settings_train_again(training: Training, change: dict[str, Any]) -> None:
    training()
    before = training.fingerprint
    training(**change)
    assert training.loaded == 2
    assert training.fingerprint != before


def test_other_rows_and_another_seed_train_again(training: Training) -> None:
    training()
    training(Prepared(training.rows.rows[:8], training.rows.tokens[:8]))
    training.resources.seed = 1
    training()
    assert training.loaded == 3


def test_damaged_weights_are_made_anew_and_are_the_same(training: Training) -> None:
    training()
    before = training.fingerprint
    path = training.folder / "weights" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    training()
    assert (training.loaded, training.fingerprint) == (2, before)
    assert check_manifest(training.folder / "weights") is None


def test_checkpoints_of_a_longer_training_do_not_crowd_out_those_of_the_next(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "CHECKPOINT_SHARE", 1e9)
    training(epochs=6.0, checkpoint_seconds=0)
    training(epochs=2.0, checkpoint_seconds=0)
    kept = [sorted(path.name for path in folder.glob("step-*")) for folder in training.folder.glob("checkpoints/[!.]*")]
    assert ["step-00000001", "step-00000002"] in kept
    assert [len(steps) for steps in kept] == [2, 2]


def test_weights_are_in_the_layout_that_peft_loads(training: Training) -> None:
    training()
    names = {path.name for path in (training.folder / "weights").iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "training.json"} <= names
    assert not any(name.endswith((".bin", ".pt", ".pkl")) for name in names)


def test_nothing_to_learn_from_says_why_each_row_was_left_out(training: Training) -> None:
    examples = Prepared([], [TokenCount(id_, 0, 0, "the answer does not fit into 8 tokens") for id_ in "abc"])
    with pytest.raises(TrainingError, match="3 rows: the answer does not fit into 8 tokens"):
        training(examples)


def test_what_is_left_open_comes_from_the_method(model: CausalModel) -> None:
    found = resolved(WeightsSettings(method="lora", rank=4, epochs=2), "causal")
    defaults = METHODS.get("lora").defaults("causal")
    assert (found.learning_rate, found.batch_size) == (defaults.learning_rate, defaults.batch_size)
    assert (found.epochs, found.alpha) == (2, 8)


def test_a_base_that_changes_itself_is_kept_in_float32(model: CausalModel) -> None:
    half = model.compute._replace(dtype="bfloat16")
    assert base_compute(WeightsSettings(method="full"), half).dtype == "float32"
    assert base_compute(WeightsSettings(method="lora"), half).dtype == "bfloat16"


def test_an_unknown_or_unfitting_method_is_found_before_loading(model: CausalModel) -> None:
    (unknown,) = check_method(WeightsSettings(method="loar"), model.source)
    assert unknown.path == "weights.method"
    assert "'lora'" in unknown.remedy
    (unfitting,) = check_method(WeightsSettings(method="head"), model.source)
    assert "works for encoder models" in unfitting.got
    assert check_method(WeightsSettings(method="full"), model.source) == []


@pytest.mark.parametrize("method", ["prompt_tuning", "prefix_tuning", "qlora"])
def test_a_method_that_changes_how_the_base_is_asked_answers_as_it_was_trained(
    method: str, datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    if method == "qlora":
        pytest.importorskip("bitsandbytes", reason="qlora needs bitsandbytes")
    dataset = datasets["classify"]
    weights = WeightsSettings(method=method, epochs=1, max_length=400, max_rows=16)
    built = build("it", ApproachSettings(weights=weights), dataset, resources, tmp_path)
    answers = [prediction.text for prediction in load(tmp_path, dataset.task, resources).predict(dataset.validation)]
    again = load(tmp_path, dataset.task, resources)
    assert answers == [prediction.text for prediction in again.predict(dataset.validation)]
    assert isinstance(again, PromptedSystem)
    assert again.model.compute.bits == (4 if method == "qlora" else None)
    taken = {"prompt_tuning": 20, "prefix_tuning": 10, "qlora": 0}[method]
    assert again.model.max_tokens == again.model.source.max_tokens - taken
    assert built.record.trained_examples == 16
