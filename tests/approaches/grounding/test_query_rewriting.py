"""The last message of a conversation written out as a question before the search."""

from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import QUICK, MakeResources
from tests.chat_service import KEY, chat_service

from metier.approaches import ApproachSettings, Resources, build, check, load
from metier.approaches.grounding.rewriting import Spent, rewrite
from metier.core import Example, Message, Silent
from metier.data import Dataset
from metier.models import CausalModel, HostedModel, HostedSettings
from metier.prompts import PromptSettings
from metier.retrieval import RetrievalSettings

TALK = (Message(role="user", content="my login fails"), Message(role="assistant", content="I am sorry."))
LOOKED_UP = RetrievalSettings(k=1, search="lexical", chunk_tokens=64, overlap=0, oracles=0, rewrite=16)


def writes(messages: list[dict[str, str]]) -> str:
    """Writes the question out where it is asked to; else quotes the passage."""
    last = messages[-1]["content"]
    if last.startswith("Read the conversation."):
        return '\n"How do I repair my login?"\nAnd more.' if "login" in last else ""
    return last.splitlines()[-1] if "We look after" not in last else "found: " + last


@pytest.fixture
def resources(with_documents: Resources, monkeypatch: pytest.MonkeyPatch) -> Resources:
    monkeypatch.setenv("DESK_KEY", KEY)
    return with_documents


def test_a_conversation_is_searched_for_by_its_question_and_what_that_took_is_counted(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    with chat_service(writes) as service:
        hosted = HostedSettings(address=service.address, key_variable="DESK_KEY")
        settings = ApproachSettings(
            model="openai:desk-1",
            hosted=hosted,
            prompt=PromptSettings(sensitivity=0, max_new_tokens=40),
            retrieval=LOOKED_UP,
        )
        assert check("rag", settings, None, resources) == []
        build("rag", settings, datasets["chat"], resources, tmp_path / "rag")
        system: Any = load(tmp_path / "rag", datasets["chat"].task, resources)
        talk = Example(id="a", input="how do I repair it", history=TALK)
        service.asked.clear()
        (answer,) = system.predict([talk])
        assert len(service.asked) == 2
        assert [name.partition(":")[0] for name in answer.context_ids] == ["login.md"]
        (again,) = system.predict([Example(id="a", input="card", history=())])
        assert len(service.asked) == 3, "nothing is written out without a conversation"
        grounded = system.grounding.ground([talk], system.model)
        assert grounded.spent[0].tokens_in > 0
        assert answer.tokens_in > grounded.spent[0].tokens_in
        assert again.context_ids
        shown = service.asked[0]["messages"][-1]["content"]
        assert "User: my login fails\nAssistant: I am sorry.\nUser: how do I repair it" in shown


def test_where_nothing_is_written_the_users_words_are_searched_for(resources: Resources) -> None:
    with chat_service(writes) as service:
        hosted = HostedSettings(address=service.address, key_variable="DESK_KEY")
        model = HostedModel("openai:desk-1", hosted)
        rows = [
            Example(id="a", input="it fails", history=TALK),
            Example(id="b", input="alone"),
            Example(id="c", input="and?", history=(Message(role="user", content="hello"),)),
        ]
        written = rewrite(model, rows, tokens=16, reporter=Silent())
    assert [one.question for one in written] == ["How do I repair my login?", "", ""]
    assert [one.spent == Spent() for one in written] == [False, True, False]


def test_a_long_conversation_loses_its_first_turns(model: CausalModel, make_resources: MakeResources) -> None:
    history = tuple(Message(role=("user", "assistant")[i % 2], content=f"turn {i} " + "word " * 400) for i in range(12))
    rows = [Example(id="a", input="and then " + "word " * 2000, history=history)]
    (written,) = rewrite(model, rows, tokens=8, reporter=Silent())
    assert 0 < written.spent.tokens_in <= model.max_tokens - 8
    assert 0 < written.spent.tokens_out <= 8


def test_a_model_that_runs_here_writes_too(datasets: dict[str, Dataset], resources: Resources, tmp_path: Path) -> None:
    prompt = PromptSettings(sensitivity=0, max_new_tokens=4)
    plain = ApproachSettings(retrieval=LOOKED_UP.model_copy(update={"rewrite": None}), prompt=prompt)
    written = ApproachSettings(retrieval=LOOKED_UP, prompt=prompt)
    dataset, taken = datasets["chat"], {}
    for name, settings in (("plain", plain), ("written", written)):
        build(name, settings, dataset, resources, tmp_path / name)
        system = load(tmp_path / name, dataset.task, resources)
        taken[name] = system.predict(dataset.validation[:2])
    for before, after in zip(taken["plain"], taken["written"], strict=True):
        assert after.tokens_in > before.tokens_in
        assert after.tokens_out > before.tokens_out


def test_trained_weights_write_no_questions(resources: Resources) -> None:
    settings = ApproachSettings(retrieval=LOOKED_UP, weights=QUICK)
    assert [problem.path for problem in check("raft", settings, None, resources)] == [
        "approaches.raft.retrieval.rewrite"
    ]
