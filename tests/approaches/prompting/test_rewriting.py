"""Instructions rewritten by a strong model: a stand-in service proposes, a stand-in System likes some words better."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.prompting.test_searching import Choosy, choosy, hash_share
from tests.chat_service import KEY, Service, chat_service
from tests.small_task import dataset_of, rows

from metier.approaches import ApproachSettings, Resources, check
from metier.approaches.prompting.searching import Found, search, trials_and_rows
from metier.comparison.recipe import Recipe
from metier.core import Example, Prediction, ServiceError
from metier.core.artifacts import read_json
from metier.data import Dataset
from metier.models import HostedSettings
from metier.prompts import CopyGuard, PromptSettings, RewriteSettings, SearchSettings

GOOD = "Tell a lost card from a late refund by what is missing."
REWRITE = RewriteSettings(model="openai:strong", proposals=4, shown=3)
SEARCH = SearchSettings(trials=2, rows=24, demonstrations=0, rewrite=REWRITE)


class Obedient(Choosy):
    """Right more often when its instruction tells things apart."""

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        self.asked.append(len(examples))
        if len(self.asked) > self.dies_after:
            raise KeyboardInterrupt
        share = 0.2 + 0.7 * ("Tell a lost card" in self.prompt.instruction)
        return [
            Prediction(id=one.id, text=self.answers[one.id] if hash_share(one.id) < share else "nonsense", tokens_in=1)
            for one in examples
        ]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dataset_of(tmp_path_factory.mktemp("rewritten"), rows(200))


@pytest.fixture
def service() -> Generator[Service]:
    with chat_service(lambda messages: f"I think.\n<instruction>{GOOD}</instruction>") as running:
        yield running


def obedient(dataset: Dataset, resources: Resources) -> Any:
    same = choosy(dataset, resources)
    return Obedient(same.task, same.prompt, same.settings, (), same.calibration, resources, answers=same.answers)


def searched(dataset: Dataset, system: Any, service: Service, folder: Path, **changes: Any) -> Found[Any]:
    settings = SEARCH.model_copy(update=changes)
    return search(system, dataset, settings, folder=folder, hosted=HostedSettings(address=service.address))


def test_a_better_instruction_is_taken_and_everything_is_told(
    service: Service, dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    found = searched(dataset, obedient(dataset, resources), service, tmp_path)
    assert GOOD in found.system.prompt.instruction
    assert found.system.settings.instruction == GOOD
    assert found.search.best > found.search.default + 0.4
    assert found.search.chosen.endswith("its instruction rewritten by openai:strong")
    assert (found.search.rewriter, found.search.proposals, found.search.refused) == ("openai:strong", 4, 0)
    assert 3 <= found.search.rows_sent <= 12
    assert found.search.rewriter_tokens > 0
    told = read_json(tmp_path / "search.json")["instructions"]
    assert [entry["instruction"] for entry in told] == [dataset.task.instruction or "Answer.", GOOD]
    assert told[1]["value"] > told[0]["value"]
    assert "4 instructions (0 refused" in str(found.search)


def test_the_strong_model_sees_training_rows_only(
    service: Service, dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    searched(dataset, obedient(dataset, resources), service, tmp_path)
    sent = "\n".join(body["messages"][-1]["content"] for body in service.asked)
    assert sent.count("<row ") == 3 * len(service.asked)
    train = {one.input for one in dataset.train}
    shown = {part.split("</text>")[0] for part in sent.split("<text>")[1:]}
    assert shown <= train
    assert not shown & ({one.input for one in dataset.validation} - train)


def test_an_instruction_that_quotes_rows_is_refused(
    service: Service, dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    def quoting(messages: list[dict[str, str]]) -> str:
        text = messages[-1]["content"].split("<text>")[1].split("</text>")[0]
        return f"<instruction>{GOOD} For example: {text}</instruction>"

    service.answer = quoting
    found = searched(dataset, obedient(dataset, resources), service, tmp_path)
    assert found.search.chosen == "the prompt of the recipe"
    assert (found.search.proposals, found.search.refused) == (4, 4)
    assert len(service.asked) == 8
    assert "quotes a shown text" in service.asked[1]["messages"][-1]["content"]
    told = read_json(tmp_path / "search.json")["instructions"]
    assert all("quotes" in entry["refused"] for entry in told[1:])


@pytest.mark.parametrize(
    "reply", ["no tags at all", "<instruction></instruction>", f"<instruction>{'x' * 5000}</instruction>"]
)
def test_a_reply_without_an_instruction_changes_nothing(
    service: Service, dataset: Dataset, resources: Resources, tmp_path: Path, reply: str
) -> None:
    service.answer = lambda messages: reply
    found = searched(dataset, obedient(dataset, resources), service, tmp_path)
    assert found.search.chosen == "the prompt of the recipe"
    assert found.search.refused == 4


def test_a_worse_instruction_is_not_taken(
    service: Service, dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    service.answer = lambda messages: "<instruction>Guess.</instruction>"
    found = searched(dataset, obedient(dataset, resources), service, tmp_path)
    assert found.search.best == found.search.default
    assert found.system.settings.instruction is None


def test_a_failing_service_ends_the_search_and_is_said(
    service: Service, dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    service.faults = [(401, {}, "no")] * 20
    with pytest.raises(ServiceError, match="401"):
        searched(dataset, obedient(dataset, resources), service, tmp_path)


def test_a_killed_rewriting_goes_on_and_pays_for_nothing_twice(
    service: Service, dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    whole_system = obedient(dataset, resources)
    whole = searched(dataset, whole_system, service, tmp_path / "whole")
    asked = len(service.asked)
    dying = replace(obedient(dataset, resources), dies_after=len(whole_system.asked) - 1)
    with pytest.raises(KeyboardInterrupt):
        searched(dataset, dying, service, tmp_path / "killed")
    before = len(service.asked) - asked
    found = searched(dataset, obedient(dataset, resources), service, tmp_path / "killed")
    assert len(service.asked) - asked == asked
    assert before > 0
    assert replace(found.search, seconds=0) == replace(whole.search, seconds=0)
    assert found.system.prompt == whole.system.prompt


def test_the_estimate_is_never_too_low(
    service: Service, dataset: Dataset, resources: Resources, tmp_path: Path
) -> None:
    system = obedient(dataset, resources)
    searched(dataset, system, service, tmp_path)
    assert sum(system.asked) <= sum(trials_and_rows(SEARCH, len(dataset.train), len(dataset.validation)))


def test_a_recipe_hands_its_address_on_and_wrong_ones_are_told(resources: Resources) -> None:
    asked = {"prompt": {"search": {"rewrite": {"model": "openai:strong"}}}}
    recipe = {"name": "x", "data": {"examples": "x.csv"}, "approaches": {"best": asked}}
    address = {"address": "http://127.0.0.1:9/v1", "key_variable": None}
    full = Recipe.model_validate({**recipe, "hosted": address})
    assert full.approaches["best"].hosted == HostedSettings.model_validate(address)
    assert check("best", full.approaches["best"], None, resources) == []
    bare = Recipe.model_validate(recipe)
    (problem,) = check("best", bare.approaches["best"], None, resources)
    assert "address of 'openai:strong'" in problem.expected
    local = ApproachSettings(prompt=PromptSettings(search=SearchSettings(rewrite=RewriteSettings(model="builtin"))))
    (problem,) = check("best", local, None, resources)
    assert problem.path == "approaches.best.prompt.search.rewrite.model"


def test_a_missing_package_is_told_before_any_work(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metier.approaches.prompting.rewriting.find_spec", lambda name: None)
    hosted = HostedSettings(address="http://127.0.0.1:9/v1", key_variable=None)
    settings = ApproachSettings(hosted=hosted, prompt=PromptSettings(search=SEARCH))
    (problem,) = check("best", settings, None, resources)
    assert "metier[prompts]" in problem.remedy


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("Say lost when THE CARD, was eaten by a machine!", "the card was eaten by"),
        ("The card was eaten.", None),
        ("Write card arrival where my new card is late.", None),
        ("A greeting like hello there friend is no question.", "hello there friend"),
        ("我的银行卡被机器吞了怎么办呢", "我 的 银 行 卡 被 机 器 吞 了 怎 么"),
        ("银行卡被吞", None),
    ],
)
def test_what_counts_as_copied(text: str, copied: str | None) -> None:
    texts = [
        "Yesterday the card was eaten by a machine.",
        "hello there friend",
        "card arrival where my new card is",
        "我的银行卡被机器吞了怎么办",
    ]
    guard = CopyGuard(texts, allowed=["card arrival where my new card is late"])
    assert guard.copied(text) == copied


def test_the_key_of_the_strong_model_stays_out_of_all_files(
    service: Service, dataset: Dataset, resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRONG_KEY", KEY)
    hosted = HostedSettings(address=service.address, key_variable="STRONG_KEY")
    search(obedient(dataset, resources), dataset, SEARCH, folder=tmp_path, hosted=hosted)
    assert service.keys
    assert all(key == f"Bearer {KEY}" for key in service.keys)
    assert not any(KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
