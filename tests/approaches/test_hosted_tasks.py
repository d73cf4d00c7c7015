"""Hosted models on tasks with an answer form of their own: what the service is asked, and what its answer becomes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.approaches.systems import MakeResources
from tests.chat_service import KEY, chat_service

from metier.approaches import ApproachSettings, build, load
from metier.core import Example, Prediction
from metier.core.tasks.extract import spans_in
from metier.data import Dataset
from metier.models import HostedSettings
from metier.prompts import PromptSettings

Ask = Callable[[str, str, str], tuple[Prediction, dict]]


@pytest.fixture
def ask(
    datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Ask:
    """What a service that always writes the same is asked for a text, and what becomes of its answer."""
    monkeypatch.setenv("DESK_KEY", KEY)

    def go(kind: str, written: str, text: str) -> tuple[Prediction, dict]:
        with chat_service(lambda messages: written) as service:
            hosted = HostedSettings(address=service.address, key_variable="DESK_KEY")
            settings = ApproachSettings(model="openai:desk-1", hosted=hosted, prompt=PromptSettings(sensitivity=0))
            build("mine", settings, datasets[kind], make_resources(), tmp_path)
            (answer,) = load(tmp_path, datasets[kind].task, make_resources()).predict([Example(id="q", input=text)])
            return answer, service.asked[-1]

    return go


def test_pieces_are_asked_for_by_a_schema_and_looked_up_in_the_text(ask: Ask):
    answer, asked = ask("extract", '{"C": ["card"], "L": []}', "my card please")
    assert spans_in(answer.text) == [(3, 7, "C")]
    assert not answer.unparseable
    assert asked["response_format"]["json_schema"]["schema"]["properties"].keys() >= {"C", "L"}
    told = asked["messages"][0]["content"]  # the labels stand in the task's instruction already
    assert told.startswith("Find these in the text: A, ")
    assert told.endswith("copied from the text.")


def test_what_does_not_stand_in_the_text_is_left_out_and_counted(ask: Ask):
    answer, _ = ask("extract", '{"C": ["card", "cheque"]}', "my card please")
    assert [entry["text"] for entry in json.loads(answer.text)] == ["card"]
    assert answer.unparseable


def test_sets_of_labels_are_read_from_a_list(ask: Ask):
    answer, asked = ask("multilabel", '```json\n["odd", "card"]\n```', "my card please")
    assert (answer.text, answer.unparseable) == ('["card", "odd"]', False)
    assert "response_format" not in asked
    assert "Labels: card, login, odd, refund." in asked["messages"][0]["content"]
    answer, _ = ask("multilabel", "card and odd", "my card please")
    assert (answer.text, answer.unparseable) == ("[]", True)


@pytest.mark.parametrize(
    ("written", "text", "unparseable"),
    [("3.5", "3.5", False), ("$1,200", "1200", False), ("About 4", "4", True), ("4 of 5", "", True), ("?", "", True)],
)
def test_numbers_are_read_and_what_holds_none_is_counted(ask: Ask, written: str, text: str, unparseable: bool):
    answer, asked = ask("regress", written, "my card please")
    assert (answer.text, answer.unparseable) == (text, unparseable)
    assert "Answer with one number in digits" in asked["messages"][0]["content"]
