"""A hosted model as the base of prompted approaches, from the recipe to the leaderboard, against a local service."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.approaches.systems import MakeResources
from tests.chat_service import KEY, Service, chat_service
from tests.small_task import WORDS, write_recipe

from metier.approaches import ApproachSettings, build, check, kind_of, load
from metier.approaches.grounding.context import with_note
from metier.comparison import predict, run
from metier.core import Example, ModelError, RecipeError, Silent
from metier.core.artifacts import read_json
from metier.data import Dataset
from metier.models import HostedModel, HostedSettings
from metier.prompts import NO_LABEL, AnswerSettings, PromptSettings, SearchSettings, parse_label
from metier.retrieval import RetrievalSettings
from metier.training import WeightsSettings


def knows_the_desk(messages: list[dict[str, str]]) -> str:
    """Says the label whose words it reads, in a sentence; to a text about nothing it has nothing to say."""
    said = messages[-1]["content"].split()
    votes = {label: sum(word in words.split() for word in said) for label, words in WORDS.items()}
    best = max(votes, key=lambda label: votes[label])
    return f"The answer is: {best.capitalize()}." if votes[best] else "I cannot tell."


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    monkeypatch.setenv("DESK_KEY", KEY)
    with chat_service(knows_the_desk) as running:
        yield running


def settings(service: Service, **prompt: Any) -> ApproachSettings:
    hosted = HostedSettings(address=service.address, key_variable="DESK_KEY")
    asked = PromptSettings(**({"sensitivity": 2} | prompt))
    return ApproachSettings(model="openai:desk-1", hosted=hosted, prompt=asked)


def test_a_name_with_the_prefix_is_a_hosted_model(service: Service, make_resources: MakeResources) -> None:
    assert kind_of("mine", settings(service), make_resources()) == "hosted"


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("card arrival", "card_arrival"),
        ("Card Arrival.", "card_arrival"),
        ('"card_arrival"', "card_arrival"),
        ("The category is **card**!", "card"),
        ("card arrival, not a new card arrival", "card_arrival"),
        ("cardboard", None),
        ("card or refund", None),
        ("", None),
        ("none of these", None),
    ],
)
def test_labels_are_read_out_of_what_was_written(answer: str, label: str | None) -> None:
    words = {"card": "card", "card_arrival": "card arrival", "refund": "refund"}
    assert parse_label(answer, words) == label


@pytest.mark.parametrize("demonstrations", [0, 2])
def test_zero_and_few_shot_classify(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path, demonstrations: int
) -> None:
    dataset = datasets["classify"]
    record = build("mine", settings(service, demonstrations=demonstrations), dataset, make_resources(), tmp_path).record
    system = load(tmp_path, dataset.task, make_resources())
    answers = system.predict([*dataset.validation, Example(id="odd", input="hm")])
    assert [answer.text for answer in answers[:-1]] == [example.target for example in dataset.validation]
    assert not any(answer.unparseable for answer in answers[:-1])
    assert (answers[-1].text, answers[-1].unparseable) == (NO_LABEL, True)
    asked = service.asked[-1]["messages"]
    assert "Answer with one of: card, login, refund." in asked[0]["content"]
    assert len(asked) == 2 + 2 * demonstrations
    assert record.notes[0] == "Every text that it answers, and every demonstration, is sent to 127.0.0.1."
    assert record.rows_in_prompts == (len(dataset.train) if demonstrations else 0)
    assert record.sensitivity is not None
    assert record.sensitivity.tokens_in > record.sensitivity.tokens_out > 0


def test_text_is_generated(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    service.answer = lambda messages: messages[-1]["content"].upper()
    task = datasets["generate"].task
    build("mine", settings(service, sensitivity=0), datasets["generate"], make_resources(), tmp_path)
    (answer,) = load(tmp_path, task, make_resources()).predict([Example(id="q", input="hello")])
    assert (answer.text, answer.unparseable) == ("HELLO", False)


def test_a_schema_is_asked_for_and_answers_that_miss_it_are_marked(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    service.answer = lambda messages: '{"x": 1}' if "number" in messages[-1]["content"] else "{"
    asked = settings(service, answer=AnswerSettings(json_schema=schema), sensitivity=0)
    build("mine", asked, datasets["generate"], make_resources(), tmp_path)
    system = load(tmp_path, datasets["generate"].task, make_resources())
    answers = system.predict([Example(id="a", input="a number"), Example(id="b", input="none")])
    assert [answer.unparseable for answer in answers] == [False, True]
    assert service.asked[0]["response_format"]["json_schema"]["schema"] == schema


def test_a_prompt_is_searched_and_its_tokens_are_counted(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    asked = settings(service, search=SearchSettings(trials=4, rows=8, demonstrations=1), sensitivity=0)
    record = build("mine", asked, datasets["classify"], make_resources(), tmp_path).record
    assert record.search is not None
    words = sum(len(turn["content"].split()) for body in service.asked for turn in body["messages"])
    assert record.search.tokens_in == words


def test_what_does_not_fit_gives_way_and_is_counted(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    narrow = settings(service, demonstrations=3, max_new_tokens=20, sensitivity=0)
    hosted = HostedSettings(address=service.address, key_variable="DESK_KEY", window=256)
    build("mine", narrow.model_copy(update={"hosted": hosted}), datasets["classify"], make_resources(), tmp_path)
    system: Any = load(tmp_path, datasets["classify"].task, make_resources())
    short, long = system.predict([Example(id="a", input="hm"), Example(id="b", input="é" * 2000)])
    assert (short.cut, short.dropped) == (0, 0)
    assert long.dropped == 3
    assert long.cut > 500
    assert sorted(len(body["messages"]) for body in service.asked) == [2, 8]
    wordy: Any = load(tmp_path, datasets["classify"].task, make_resources())
    with pytest.raises(ModelError, match=r"hosted\.window"):
        replace(wordy, prompt=replace(wordy.prompt, instruction="x" * 900)).predict([Example(id="c", input="y")])


def test_what_cannot_work_is_a_problem_before_anything_is_sent(service: Service, make_resources: MakeResources) -> None:
    trained = settings(service).model_copy(update={"weights": WeightsSettings()})
    assert [p.path for p in check("m", trained, None, make_resources())] == ["approaches.m.weights"]
    nowhere = settings(service).model_copy(update={"hosted": None})
    assert [p.path for p in check("m", nowhere, None, make_resources())] == ["approaches.m.hosted"]
    assert service.asked == []


@pytest.fixture
def recipe(service: Service, tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Path:
    return write_recipe(
        tmp_path,
        causal=tiny_causal,
        encoder=tiny_encoder,
        approaches={"theirs": {"model": "openai:desk-1", "prompt": {"demonstrations": 1, "sensitivity": 2}}},
        hosted={
            "address": service.address,
            "key_variable": "DESK_KEY",
            "prices": {"desk-1": {"input": 2.0, "output": 10.0}},
        },
    )


def test_a_run_compares_it_says_what_it_costs_and_keeps_the_key_nowhere(
    service: Service, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reporter = Silent()
    folder = run(recipe, out=tmp_path / "run", reporter=reporter, isolate=False).folder
    row = next(row for row in read_json(folder / "leaderboard.json")["approaches"] if row["name"] == "theirs")
    assert row["status"] == "done"
    assert row["metrics"]["accuracy"]["value"] == 1.0
    assert row["answers"]["unparseable_answers"] == 0
    costs = read_json(folder / "approaches/theirs/costs.json")
    per_query = (2.0 * costs["tokens_in_per_query"] + 10.0 * costs["tokens_out_per_query"]) / 1e6
    assert row["cost_per_1000"] == pytest.approx(1000 * per_query)
    assert row["build_cost"] > 0
    predict(folder, approach="theirs", texts=["my card was stolen"])
    assert '"answer": "card"' in capsys.readouterr().out
    everything = [path.read_bytes() for path in folder.rglob("*") if path.is_file()] + [str(reporter.events).encode()]
    assert len(everything) > 10
    assert not any(KEY.encode() in content for content in everything)
    assert set(service.keys) == {f"Bearer {KEY}"}


def test_another_price_changes_the_cost_and_asks_nothing_again(service: Service, recipe: Path, tmp_path: Path) -> None:
    def cost() -> float:
        board = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False).leaderboard
        return next(row["cost_per_1000"] for row in board["approaches"] if row["name"] == "theirs")

    before, asked = cost(), len(service.asked)
    content = yaml.safe_load(recipe.read_text())
    content["hosted"]["prices"]["desk-1"] = {"input": 4.0, "output": 20.0}
    recipe.write_text(yaml.safe_dump(content))
    assert cost() == pytest.approx(2 * before)
    assert len(service.asked) == asked


def test_a_service_that_refuses_is_one_failed_row_without_the_key(
    service: Service, recipe: Path, tmp_path: Path
) -> None:
    service.faults = [(401, {}, '{"error": {"message": "Incorrect API key provided: {key}"}}')]
    board = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False).leaderboard
    row = next(row for row in board["approaches"] if row["name"] == "theirs")
    assert row["status"] == "failed"
    assert re.search(r"HTTP 401 .*Check the key", row["why"])
    assert KEY not in str(board)


def test_a_missing_key_is_found_before_the_data_is_read(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_KEY")
    with pytest.raises(RecipeError, match="set DESK_KEY"):
        run(recipe, reporter=Silent(), isolate=False)


def test_it_answers_from_passages_that_the_asker_may_read(
    datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quotes(messages: list[dict[str, str]]) -> str:
        """The sentence after the first passage's title, with its number."""
        found = re.search(r"\[1\] .*\n(.+)", messages[-1]["content"])
        return f"{found[1]} [1]" if found else "no passages"

    monkeypatch.setenv("DESK_KEY", KEY)
    handbook = tmp_path / "handbook"
    handbook.mkdir()
    for label in ("card", "login", "refund"):
        (handbook / f"{label}.md").write_text(f"# {label}\nWe look after your {label}.")
    (handbook / "secret.md").write_text("---\nreaders: board\n---\n# card secret\nThe card merger.")
    resources, dataset = make_resources(), datasets["generate"]
    resources.recipe_folder, resources.documents = tmp_path, "handbook"
    with chat_service(quotes) as service:
        asked = settings(service, max_new_tokens=40)
        rag = asked.model_copy(
            update={"retrieval": RetrievalSettings(k=2, search="lexical", cite=True, chunk_tokens=64, overlap=0)}
        )
        assert check("rag", rag, None, resources) == []
        record = build("rag", rag, dataset, resources, tmp_path / "rag").record
        assert any("every passage found for it" in note for note in record.notes)
        system: Any = load(tmp_path / "rag", dataset.task, resources)
        board, nobody, none = system.predict(
            [
                Example(id="a", input="card merger secret", readers=("board",)),
                Example(id="b", input="card merger secret"),
                Example(id="c", input="zebra"),
            ]
        )
        assert (board.text, nobody.text) == ("The card merger.", "We look after your card.")
        assert [name.partition(":")[0] for name in (*board.citations, *nobody.citations)] == ["secret.md", "card.md"]
        assert (none.text, none.contexts) == ("Not in the documents.", ())
        assert not any("merger" in text for text in nobody.contexts)
        question = system.grounding.ground([Example(id="a", input="card and login")]).examples[0]
        assert len(question.passages) == 2
        prompt = with_note(system.prompt, system.grounding.settings, system.task)
        need = system.model.count(prompt.messages(replace(question, passages=question.passages[:1])))
        assert asked.hosted
        narrow = HostedModel("openai:desk-1", asked.hosted.model_copy(update={"window": need + 40}))
        (cut,) = replace(system, model=narrow).predict([question])
        assert cut.context_ids == (question.passages[0].id,)
        dense = rag.model_copy(update={"retrieval": RetrievalSettings(k=2, chunk_tokens=64, overlap=0)})
        record = build("dense", dense, dataset, resources, tmp_path / "dense").record
        assert any("with the right ones alone" in note for note in record.notes)
    resources.documents = None
    assert [problem.path for problem in check("rag", rag, None, resources)] == ["approaches.rag.retrieval"]
