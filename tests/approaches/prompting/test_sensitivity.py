from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from tests.approaches.systems import MakeResources

from metier.approaches import ApproachSettings, Resources, build
from metier.approaches.prompting.sensitivity import AS_ASKED, OTHER_WORDINGS, sensitivity, spread_by_chance
from metier.core import Example, Prediction, Sensitivity, Task
from metier.core.artifacts import read_json, write_json
from metier.data import Dataset
from metier.prompts import Calibration, Prompt, PromptSettings, compose


@dataclass(frozen=True)
class Fickle:
    """A stand-in for a System: right for even rows, and for odd ones too where the text is put in quotes."""

    task: Task
    prompt: Prompt
    settings: PromptSettings
    calibration: Calibration
    resources: Resources

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        quoted = self.prompt.question == '"{input}"'
        return [
            Prediction(id=one.id, text="yes" if quoted or int(one.id) % 2 == 0 else "no", tokens_in=2, tokens_out=1)
            for one in examples
        ]


def fickle(resources: Resources, **settings: Any) -> Any:
    task = Task(kind="classify", instruction="Sort.", labels=("no", "yes"))
    prompt = compose(task, instruction=None, list_labels=None, label_words={}, trained=False)
    return Fickle(task, prompt, PromptSettings(**settings), Calibration.identity(2), resources)


ROWS = [Example(id=str(number), input=f"row {number}", target="yes") for number in range(40)]


def test_a_wording_that_does_better_shows_in_the_spread(resources: Resources) -> None:
    found = sensitivity(fickle(resources, sensitivity=40), ROWS, trained=False)
    assert found is not None
    assert found.wordings["quoted"] == 1.0
    assert found.wordings[AS_ASKED] == found.wordings["task"] == 0.5
    assert found.spread == 0.5
    assert 0 < found.by_chance < 0.3
    assert (found.tokens_in, found.tokens_out) == (40 * 9 * 2, 40 * 9)
    assert (found.metric, found.rows) == ("accuracy", 40)


def test_rows_are_a_sample_and_always_the_same(resources: Resources) -> None:
    some = [sensitivity(fickle(resources, sensitivity=5), ROWS, trained=False) for _ in range(2)]
    assert some[0] is not None
    assert some[1] is not None
    assert replace(some[0], seconds=0) == replace(some[1], seconds=0)
    assert some[0].rows == 5
    assert sensitivity(fickle(resources), [], trained=False) is None


def test_a_few_rows_say_nothing_of_wordings(resources: Resources) -> None:
    assert sensitivity(fickle(resources), ROWS[:7], trained=False) is None
    assert sensitivity(fickle(resources), ROWS[:8], trained=False) is not None
    assert sensitivity(fickle(resources, sensitivity=3), ROWS[:7], trained=False) is not None


def test_it_is_told_in_a_sentence_and_kept_whole(tmp_path: Any) -> None:
    found = Sensitivity(metric="accuracy", rows=4, wordings={"a": 0.25, "b": 0.75}, spread=0.5, by_chance=0.3)
    assert "by 50.0 points: accuracy 0.250 to 0.750 over 2 wordings" in str(found)
    write_json(tmp_path / "one.json", found)
    assert Sensitivity(**read_json(tmp_path / "one.json")) == found


def test_chance_explains_a_spread_between_equal_wordings_and_none_between_identical_ones() -> None:
    same = np.tile([1.0, 0.0, 1.0, 1.0], (9, 1))
    assert spread_by_chance(same, seed=0) == 0
    random = np.random.default_rng(0).integers(2, size=(9, 32)).astype(float)
    observed = random.mean(axis=1).max() - random.mean(axis=1).min()
    assert spread_by_chance(random, seed=0) == pytest.approx(observed, abs=0.1)
    better = np.zeros((9, 32))
    better[0] = 1
    assert spread_by_chance(better, seed=0) < 0.3  # while the observed one is 1


@pytest.mark.parametrize("task", ["classify", "generate"])
def test_every_prompted_approach_is_asked_in_eight_other_wordings(
    task: str, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Any
) -> None:
    settings = ApproachSettings(prompt=PromptSettings(demonstrations=1, max_new_tokens=4, sensitivity=3))
    record = build("mine", settings, datasets[task], make_resources(), tmp_path).record
    assert record.sensitivity is not None
    assert record.sensitivity.rows == 3
    assert len(record.sensitivity.wordings) == 1 + OTHER_WORDINGS
    assert record.sensitivity.tokens_in > 0
    assert "other wordings" in record.seconds
    assert str(record.sensitivity) in record.notes


def test_no_rows_no_wordings(datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Any) -> None:
    settings = ApproachSettings(prompt=PromptSettings(sensitivity=0))
    record = build("mine", settings, datasets["classify"], make_resources(), tmp_path).record
    assert record.sensitivity is None
    assert "other wordings" not in record.seconds
