"""Thinking first, on a tiny model and on a stand-in service."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.approaches.prompting.test_asking import probability, system
from tests.approaches.systems import MakeResources
from tests.chat_service import Service, chat_service

from metier.approaches import ApproachSettings, Resources, build, check, load
from metier.approaches.prompting.reasoning import mean_scores, voted
from metier.core import Example, Prediction
from metier.data import Dataset
from metier.models import CausalModel, HostedSettings
from metier.prompts import PromptSettings, ReasonSettings
from metier.prompts.prompt import CONCLUDE, THINK
from metier.training import WeightsSettings

QUESTION = Example(id="q", input="where is it")


def thinking(model: CausalModel, resources: Resources, *labels: str, **reason: Any) -> Any:
    settings = ReasonSettings(**({"tokens": 8} | reason))
    asked = system(model, resources, *labels, reason=settings, max_new_tokens=8)
    return replace(asked, prompt=replace(asked.prompt, thinks=True))


def test_labels_are_scored_with_the_thought_in_sight(model: CausalModel, resources: Resources) -> None:
    asked = thinking(model, resources, "card", "login")
    (first,) = model.generate(
        [model.prompt(asked.prompt.messages(QUESTION))], max_new_tokens=8, reporter=resources.reporter
    )
    turns = asked.prompt.messages(replace(QUESTION, thought=first.text))
    assert [turn.content for turn in turns[-2:]] == [first.text, CONCLUDE]
    assert turns[-3].content.endswith(THINK)
    told = replace(QUESTION, thought=first.text)
    expected = [probability(model, asked, told, model.encode(word)) for word in ("card", "login")]
    assert asked.label_scores([QUESTION], label="")[0] == pytest.approx(expected, abs=1e-4)
    (answer,) = asked.predict([QUESTION])
    assert answer.tokens_out == first.tokens + len(model.encode(answer.text))
    assert answer.tokens_in == len(model.prompt(turns[:-2])) + len(model.prompt(turns))


def test_several_thoughts_are_drawn_and_their_probabilities_averaged(model: CausalModel, resources: Resources) -> None:
    asked = thinking(model, resources, "card", "login", samples=3, temperature=1.5)
    one, again = (asked.label_scores([QUESTION], label="") for _ in range(2))
    assert np.array_equal(one, again)
    thoughts = [asked._think([QUESTION], number)[0].text for number in range(3)]
    assert len(set(thoughts)) > 1
    every = [
        [probability(model, asked, replace(QUESTION, thought=text), model.encode(word)) for word in ("card", "login")]
        for text in thoughts
    ]
    assert one[0] == pytest.approx(np.log(np.exp(every).mean(axis=0)), abs=1e-4)
    (answer,) = asked.predict([QUESTION])
    (single,) = thinking(model, resources, "card", "login").predict([QUESTION])
    assert answer.tokens_in > 2 * single.tokens_in


def test_written_answers_follow_the_thought(model: CausalModel, resources: Resources) -> None:
    asked = thinking(model, resources)
    (thought,) = asked._think([QUESTION], 0)
    told = asked.prompt.messages(replace(QUESTION, thought=thought.text))
    (expected,) = model.generate([model.prompt(told)], max_new_tokens=8, reporter=resources.reporter)
    (answer,) = asked.predict([QUESTION])
    assert answer.text == expected.text
    assert answer.tokens_out == expected.tokens + thought.tokens_out


def test_the_most_frequent_readable_answer_wins() -> None:
    def said(*texts: str) -> Prediction:
        made = [Prediction(id="q", text=t.strip("!"), unparseable="!" in t, tokens_in=1, tokens_out=2) for t in texts]
        return voted(made)

    assert said("12", "13", "13").text == "13"
    assert said("12", "13").text == "12"
    assert said("Paris", "Rome", "paris ").text == "Paris"
    assert said("x!", "x!", "y").text == "y"
    assert said("x!", "z!", "z!").text == "z"
    assert (said("a", "b", "b").tokens_in, said("a", "b", "b").tokens_out) == (3, 6)
    assert np.allclose(mean_scores([np.log([[0.2, 0.8]]), np.log([[0.6, 0.4]])]), np.log([[0.4, 0.6]]))


def answering(messages: list[dict[str, str]]) -> str:
    if messages[-1]["content"].endswith(THINK):
        return "It is about a card, so card."
    assert messages[-1]["content"] == CONCLUDE
    return messages[-2]["content"].split()[-1].rstrip(".")


@pytest.mark.parametrize("samples", [1, 3])
def test_a_hosted_model_thinks_too(
    datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path, samples: int
) -> None:
    with chat_service(answering) as service:
        settings = hosted(service, reason=ReasonSettings(samples=samples, tokens=50), sensitivity=0)
        build("cot", settings, datasets["classify"], make_resources(), tmp_path)
        answers = load(tmp_path, datasets["classify"].task, make_resources()).predict([QUESTION])
        assert [one.text for one in answers] == ["card"]
        thought, answer = service.asked[0], service.asked[-1]
    assert len(service.asked) == 2 * samples
    assert (thought["max_tokens"], answer["max_tokens"]) == (50, 128)
    assert thought["temperature"] == (0.7 if samples > 1 else 0.0)
    assert answer["temperature"] == 0.0
    assert answers[0].tokens_out == samples * (7 + 1)


def hosted(service: Service, **prompt: Any) -> ApproachSettings:
    address = HostedSettings(address=service.address, key_variable=None)
    return ApproachSettings(model="openai:desk-1", hosted=address, prompt=PromptSettings(**prompt))


def test_thinking_beside_trained_weights_is_a_problem(resources: Resources) -> None:
    asked = PromptSettings(reason=ReasonSettings())
    (problem,) = check("cot", ApproachSettings(prompt=asked, weights=WeightsSettings()), None, resources)
    assert problem.path == "approaches.cot.prompt.reason"
    assert check("cot", ApproachSettings(prompt=asked), None, resources) == []


def test_a_thinking_approach_is_built_calibrated_and_worded_otherwise(
    datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    asked = PromptSettings(reason=ReasonSettings(tokens=8), sensitivity=2)
    built = build("cot", ApproachSettings(prompt=asked), datasets["classify"], make_resources(), tmp_path)
    assert built.record.sensitivity is not None
    system: Any = load(tmp_path, datasets["classify"].task, make_resources())
    assert system.prompt.thinks
    (answer,) = system.predict([QUESTION])
    assert sum(answer.scores.values()) == pytest.approx(1)
