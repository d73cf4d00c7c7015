"""The search, on a stand-in for a model that is good at one prompt; and once on a tiny real model, killed and not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.approaches.systems import MakeResources
from tests.small_task import dataset_of, rows

from metier.approaches import ApproachSettings, Resources, build, check, load
from metier.approaches.prompting.searching import search
from metier.approaches.prompting.trial_journal import TrialJournal
from metier.approaches.prompting.trials import Trial
from metier.core import Example, Prediction, Task
from metier.core.artifacts import read_json
from metier.data import Dataset
from metier.prompts import Calibration, Prompt, PromptSettings, SearchSettings, compose
from metier.training import WeightsSettings


@dataclass(frozen=True)
class Choosy:
    """Right as often as its prompt pleases it: quotes are worth much, demonstrations a little."""

    task: Task
    prompt: Prompt
    settings: PromptSettings
    pool: tuple[Example, ...]
    calibration: Calibration
    resources: Resources
    model: Any = field(default_factory=lambda: SimpleNamespace(source=SimpleNamespace(fingerprint="x")))
    answers: dict[str, str] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    dies_after: int = 10**9

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        self.asked.append(len(examples))
        if len(self.asked) > self.dies_after:
            raise KeyboardInterrupt
        share = 0.2 + 0.5 * (self.prompt.question == '"{input}"') + 0.02 * self.settings.demonstrations
        return [
            Prediction(
                id=one.id,
                text=self.answers[one.id] if hash_share(one.id) < share else "nonsense",
                tokens_in=10 + self.settings.demonstrations,
                tokens_out=1,
            )
            for one in examples
        ]


def hash_share(text: str) -> float:
    return (sum(map(ord, text)) * 37 % 101) / 101


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dataset_of(tmp_path_factory.mktemp("searched"), rows(400))


def choosy(dataset: Dataset, resources: Resources, **settings: Any) -> Any:
    task = dataset.task
    answers = {one.id: one.target or "" for one in (*dataset.train, *dataset.validation)}
    asked = PromptSettings(**settings)
    prompt = compose(task, instruction=None, list_labels=None, label_words={}, trained=False)
    return Choosy(task, prompt, asked, (), Calibration.identity(3), resources, answers=answers)


SEARCH = SearchSettings(trials=30, rows=40, demonstrations=4)


def test_the_prompt_that_does_best_on_validation_is_found(
    dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    found = search(choosy(dataset, resources), dataset, SEARCH, folder=tmp_path)
    assert found.system.prompt.question == '"{input}"'
    assert found.search.best > found.search.default + 0.3
    assert found.search.chosen.startswith("quoted")
    assert found.search.candidates == 30
    assert found.search.rows == 40


def test_halving_asks_much_less_than_everything_and_counts_all_of_it(
    dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    system = choosy(dataset, resources)
    found = search(system, dataset, SEARCH, folder=tmp_path)
    answered = sum(system.asked)
    assert answered < 0.75 * 30 * 40 + 100
    assert found.search.tokens_out == answered
    assert 10 * answered <= found.search.tokens_in <= 14 * answered
    told = read_json(tmp_path / "search.json")
    assert len(told["trials"]) == 30
    bootstrap = 11 * min(100, len(dataset.train))
    assert (
        sum(trial["tokens"] for trial in told["trials"]) + bootstrap == found.search.tokens_in + found.search.tokens_out
    )
    assert '+[user] "{input}"' in told["difference"]


def test_the_recipes_prompt_reaches_the_last_round_and_wins_where_nothing_is_better(
    dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    class Indifferent(Choosy):
        def predict(self, examples: Sequence[Example]) -> list[Prediction]:
            return [Prediction(id=one.id, text=self.answers[one.id]) for one in examples]

    same = choosy(dataset, resources)
    system: Any = Indifferent(
        same.task, same.prompt, same.settings, (), same.calibration, resources, answers=same.answers
    )
    found = search(system, dataset, SEARCH, folder=tmp_path / "same")
    assert found.search.chosen == "the prompt of the recipe"
    assert found.system.prompt == system.prompt
    worst = search(same, dataset, SEARCH, folder=tmp_path / "worst")
    told = read_json(tmp_path / "worst" / "search.json")["trials"]
    assert [trial["rows"] for trial in told if trial["prompt"] == "plain"] == [40]
    assert worst.search.default == pytest.approx(sum(hash_share(one.id) < 0.2 for one in shown(dataset)) / 40, abs=1e-3)


def shown(dataset: Dataset) -> list[Example]:
    from metier.approaches.prompting.halving import in_even_order

    return in_even_order(dataset.validation, 40, seed=0)


def test_a_killed_search_goes_on_and_ends_like_an_unbroken_one(
    dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    whole = search(choosy(dataset, resources), dataset, SEARCH, folder=tmp_path / "whole")
    dying = replace(choosy(dataset, resources), dies_after=20)
    with pytest.raises(KeyboardInterrupt):
        search(dying, dataset, SEARCH, folder=tmp_path / "killed")
    with (tmp_path / "killed/checkpoints/search.jsonl").open("a") as file:
        file.write('\n{"key": "torn')
    again = choosy(dataset, resources)
    found = search(again, dataset, SEARCH, folder=tmp_path / "killed")
    assert replace(found.search, seconds=0) == replace(whole.search, seconds=0)
    assert found.system.prompt == whole.system.prompt
    all_calls = len((tmp_path / "whole/checkpoints/search.jsonl").read_text().split("\n")) - 1
    assert len(again.asked) == all_calls - 20


def test_another_model_or_other_rows_are_asked_anew(dataset: Dataset, resources: Resources, tmp_path: Path) -> None:
    first, second = choosy(dataset, resources), choosy(dataset, resources)
    search(first, dataset, SEARCH, folder=tmp_path)
    other = replace(second, model=SimpleNamespace(source=SimpleNamespace(fingerprint="y")))
    search(other, dataset, SEARCH, folder=tmp_path)
    assert first.asked == second.asked
    third = choosy(dataset, resources)
    search(third, dataset, SEARCH, folder=tmp_path)
    assert third.asked == []


def test_the_journal_gives_back_exactly_what_was_done(tmp_path: Path) -> None:
    trial = Trial(scores=((-0.12345, -2.0),), tokens_in=3, seconds=0.1)
    TrialJournal(tmp_path / "x/j.jsonl", ["a"]).once(["t"], lambda: trial)

    def never() -> Trial:
        raise AssertionError("asked twice")

    assert TrialJournal(tmp_path / "x/j.jsonl", ["a"]).once(["t"], never) == trial
    with pytest.raises(AssertionError, match="twice"):
        TrialJournal(tmp_path / "x/j.jsonl", ["b"]).once(["t"], never)


def test_searching_beside_training_is_a_problem(resources: Resources) -> None:
    settings = ApproachSettings(prompt=PromptSettings(search=SEARCH), weights=WeightsSettings())
    (problem,) = check("mine", settings, None, resources)
    assert problem.path == "approaches.mine.prompt.search"


@pytest.mark.parametrize("task", ["classify", "generate"])
def test_a_searched_prompt_is_calibrated_saved_and_answers_after_loading(
    task: str, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    asked = PromptSettings(search=SearchSettings(trials=3, rows=8, demonstrations=1), max_new_tokens=3, sensitivity=0)
    built = build("best", ApproachSettings(prompt=asked), datasets[task], make_resources(), tmp_path)
    assert built.record.search is not None
    assert built.record.seconds["prompt search"] == built.record.search.seconds > 0
    assert str(built.record.search) in built.record.notes
    system: Any = load(tmp_path, datasets[task].task, make_resources())
    stored = json.loads((tmp_path / "search.json").read_text())
    assert str(system.prompt) == stored["prompt"]
    assert len(system.predict(datasets[task].validation[:2])) == 2
