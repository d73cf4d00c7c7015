import json
from typing import Any

import pytest
from tests.conftest import CPU

from metier.core import Silent
from metier.models import CausalModel, Grammar, locate

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"dose": {"type": "integer"}, "unit": {"enum": ["mg", "ml"]}},
    "required": ["dose", "unit"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def model(tiny_causal: Any) -> CausalModel:
    """Knows nothing: what it writes by itself is noise."""
    return CausalModel(locate(str(tiny_causal), folder=tiny_causal), CPU)


def written(model: CausalModel, grammar: Grammar | None, *, tokens: int = 60) -> list[str]:
    prompts = [model.encode(text) for text in ("a", "something longer than that", "?")]
    return [one.text for one in model.generate(prompts, max_new_tokens=tokens, reporter=Silent(), grammar=grammar)]


@pytest.mark.parametrize(
    ("grammar", "right", "wrong"),
    [
        (Grammar.choices(["card lost", 'say "hi"', "naïve\n"]), ["card lost", 'say "hi"', "naïve\n"], ["card", ""]),
        (Grammar.regex(r"[0-9]{2,4}-[a-z]+"), ["12-ab", "1234-x"], ["12-", "1-a", "12-ab!"]),
        (
            Grammar.json_schema(SCHEMA),
            ['{"dose": 5, "unit": "mg"}', '{\n "dose":5,"unit":"ml"}'],
            ['{"dose": 5}', '{"dose": "5", "unit": "mg"}', '{"dose": 5, "unit": "mg"', "mg"],
        ),
    ],
)
def test_a_text_is_of_the_form_or_not(grammar: Grammar, right: list[str], wrong: list[str]) -> None:
    assert grammar.trouble() == ""
    assert all(grammar.matches(text) for text in right)
    assert not any(grammar.matches(text) for text in wrong)


def test_a_model_that_knows_nothing_still_answers_in_the_form(model: CausalModel) -> None:
    free = written(model, None)
    for texts in (["card lost", "naïve", "日本"], ["yes", "no"]):
        assert not set(free) & set(texts)
        assert set(written(model, Grammar.choices(texts))) <= set(texts)
    assert all(Grammar.regex("[0-9]{3}").matches(text) for text in written(model, Grammar.regex("[0-9]{3}")))
    bounded = {
        **SCHEMA,
        "properties": {**SCHEMA["properties"], "dose": {"type": "integer", "minimum": 0, "maximum": 9}},
    }
    for text in written(model, Grammar.json_schema(bounded)):
        assert json.loads(text).keys() == {"dose", "unit"}


def test_an_answer_that_the_limit_breaks_off_is_unfinished_and_not_of_the_form(model: CausalModel) -> None:
    grammar = Grammar.json_schema(SCHEMA)
    (broken,) = model.generate([model.encode("a")], max_new_tokens=4, reporter=Silent(), grammar=grammar)
    assert broken.unfinished
    assert not grammar.matches(broken.text)


def test_among_what_is_allowed_the_model_chooses(model: CausalModel) -> None:
    """By the definition: the most probable of the allowed tokens, from the whole logits."""
    import torch

    prompt = model.encode("which one")
    with torch.no_grad():
        logits = model.module(input_ids=torch.tensor([prompt])).logits[0, -1]
    letters = "abcdefgh"
    best = max(letters, key=lambda letter: logits[model.encode(letter)[0]].item())
    (answer,) = model.generate([prompt], max_new_tokens=5, reporter=Silent(), grammar=Grammar.regex("[a-h]"))
    assert (answer.text, answer.unfinished) == (best, False)


def test_what_cannot_be_held_to_is_said() -> None:
    assert "regex parse error" in Grammar.regex("[").trouble()
    assert "Invalid type" in Grammar.json_schema({"type": "nonsense"}).trouble()
