from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from metier.approaches import Resources
from metier.approaches.prompting.asking import PromptedSystem, demonstrations
from metier.core import Example, ModelError, Task
from metier.models import CausalModel
from metier.prompts import AnswerSettings, Calibration, PromptSettings, compose

POOL = tuple(Example(id=f"p{i}", input=f"known text {i}", target="card") for i in range(4))


def system(model: CausalModel, resources: Resources, *labels: str, **settings: Any) -> PromptedSystem:
    task = Task(kind="classify" if labels else "generate", instruction="Sort.", labels=labels)
    asked = PromptSettings(**settings)
    return PromptedSystem(
        model=model,
        task=task,
        prompt=compose(task, instruction=None, list_labels=None, label_words=asked.label_words, trained=False),
        settings=asked,
        pool=POOL if asked.demonstrations else (),
        calibration=Calibration.identity(len(labels)),
        resources=resources,
    )


def probability(model: CausalModel, asked: PromptedSystem, question: Example, answer: list[int]) -> float:
    """By the definition: one row, the whole logits."""
    import torch

    ids = model.prompt(asked.prompt.messages(question))
    with torch.no_grad():
        logits = model.module(input_ids=torch.tensor([ids + answer])).logits[0].double().log_softmax(-1)
    places = range(len(ids) - 1, len(ids) + len(answer) - 1)
    return sum(logits[place, token].item() for place, token in zip(places, answer, strict=True))


def test_label_scores_are_log_probabilities_of_the_wordings(model: CausalModel, resources: Resources) -> None:
    asked = system(model, resources, "card_lost", "login", label_words={"login": "sign in"})
    question = Example(id="q", input="where is it")
    expected = [probability(model, asked, question, model.encode(word)) for word in ("card lost", "sign in")]
    assert asked.label_scores([question], label="")[0] == pytest.approx(expected, abs=1e-4)


def test_where_one_label_begins_another_their_end_is_scored_too(model: CausalModel, resources: Resources) -> None:
    """Without the end mark, ``card`` would always be at least as probable as ``card late``."""
    asked = system(model, resources, "card", "card late")
    question = Example(id="q", input="where is it")
    end = model.encode("<|im_end|>")
    expected = [probability(model, asked, question, model.encode(word) + end) for word in ("card", "card late")]
    assert asked.label_scores([question], label="")[0] == pytest.approx(expected, abs=1e-4)


def test_the_answer_is_the_most_probable_label_after_calibration(model: CausalModel, resources: Resources) -> None:
    asked = system(model, resources, "card", "login", "refund")
    questions = [Example(id=str(i), input=f"question {i}") for i in range(3)]
    scores = asked.label_scores(questions, label="")
    dislike = Calibration(method="batch", bias=(1e3, 0.0, 0.0), temperature=2.0, validation_loss=0.0)
    against = replace(asked, calibration=dislike)
    assert {prediction.text for prediction in against.predict(questions)} <= {"login", "refund"}
    for prediction, row in zip(asked.predict(questions), scores, strict=True):
        assert prediction.text == asked.task.labels[int(row.argmax())]
        shares = np.exp(row) / np.exp(row).sum()
        assert list(prediction.scores.values()) == pytest.approx(list(shares))


def test_generated_answers_stop_at_their_limit_and_say_so(model: CausalModel, resources: Resources) -> None:
    (answer,) = system(model, resources, max_new_tokens=5).predict([Example(id="q", input="hello")])
    assert answer.tokens_out <= 5
    assert answer.unfinished == (answer.tokens_out == 5)
    assert answer.scores == {}


def test_demonstrations_and_then_the_input_give_way_to_a_long_text(model: CausalModel, resources: Resources) -> None:
    asked = system(model, resources, "card", "login", demonstrations=3)
    room = model.max_tokens - len("login")
    bare = len(model.prompt(asked.prompt.messages(Example(id="q", input=""))))
    short, fitting, long = asked.predict(
        [Example(id=str(length), input="x" * length) for length in (10, room - bare, room - bare + 7)]
    )
    assert (short.cut, fitting.cut, long.cut) == (0, 0, 7)
    assert (short.dropped, fitting.dropped, long.dropped) == (0, 3, 3)
    assert short.tokens_in > bare + 10
    assert fitting.tokens_in == long.tokens_in == room


def test_an_instruction_that_leaves_no_room_is_an_error(model: CausalModel, resources: Resources) -> None:
    asked = system(model, resources, max_new_tokens=model.max_tokens)
    with pytest.raises(ModelError, match="leaves no room for an input: the window is 1,024 tokens"):
        asked.predict([Example(id="q", input="hello")])


def test_demonstrations_stand_in_the_order_that_the_recipe_says(model: CausalModel, resources: Resources) -> None:
    question = [Example(id="q", input="known text 2")]
    chosen, reversed_, mixed = (
        demonstrations(PromptSettings(demonstrations=4, order=order), POOL, question, resources)[0]
        for order in ("as_chosen", "reversed", "mixed")
    )
    assert chosen[-1].id == reversed_[0].id == "p2"
    assert chosen == reversed_[::-1]
    assert sorted(one.id for one in mixed) == ["p0", "p1", "p2", "p3"]
    assert mixed not in (chosen, reversed_)


@pytest.mark.parametrize(("constrain", "tokens", "unparseable"), [(True, 8, False), (True, 2, True), (False, 8, True)])
def test_answers_that_miss_their_form_are_marked(
    model: CausalModel, resources: Resources, constrain: bool, tokens: int, unparseable: bool
) -> None:
    """A model of noise keeps to a form only where it is held to it, and where the answer may be long enough."""
    form = AnswerSettings(choices=["mild", "severe"], constrain=constrain)
    answers = system(model, resources, answer=form, max_new_tokens=tokens).predict([Example(id="q", input="hello")])
    assert [answer.unparseable for answer in answers] == [unparseable]
    assert (answers[0].text in ("mild", "severe")) is not unparseable
