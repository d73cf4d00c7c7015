from collections.abc import Sequence

import pytest

from metier.approaches.fitting import Fitted, fit
from metier.core import Example, Message
from metier.models import CausalModel
from metier.prompts import Prompt

PROMPT = Prompt(instruction="Sort.")
SHOWN = [Example(id=f"s{i}", input=f"shown {i}", target="card") for i in range(3)]


def length(model: CausalModel, example: Example, shown: Sequence[Example] = ()) -> int:
    return len(model.prompt(PROMPT.messages(example, shown)))


def fitted(model: CausalModel, example: Example, *, room: int, shown: list[Example] | None = None) -> Fitted:
    return fit(model, example, shown or [], room=room, length=lambda asked, few: length(model, asked, few))


def test_what_fits_stays_as_it_is(model: CausalModel) -> None:
    example = Example(id="q", input="lost card")
    room = length(model, example, SHOWN)
    assert fitted(model, example, room=room, shown=SHOWN) == Fitted(example, SHOWN, 0, True)


def test_demonstrations_go_first_the_first_ones_before_the_others(model: CausalModel) -> None:
    example = Example(id="q", input="lost card")
    left = fitted(model, example, room=length(model, example, SHOWN) - 1, shown=SHOWN)
    assert (list(left.shown), left.example, left.cut) == (SHOWN[1:], example, 0)


def test_then_the_oldest_turns_go_and_the_system_turn_stays(model: CausalModel) -> None:
    history = (
        Message(role="system", content="You are a clerk."),
        *(Message(role=role, content=f"{role} {i}") for i in range(3) for role in ("user", "assistant")),
    )
    example = Example(id="q", input="lost card", history=history)
    left = fitted(model, example, room=length(model, example) - 1, shown=SHOWN)
    assert left.shown == []
    assert [turn.content for turn in left.example.history] == [
        "You are a clerk.", "user 1", "assistant 1", "user 2", "assistant 2",
    ]  # fmt: skip
    assert left.example.input == "lost card"
    assert left.cut == len("user 0") + len("assistant 0")  # a tiny model's token is a byte


def test_then_the_end_of_the_input_by_exactly_what_is_too_much(model: CausalModel) -> None:
    example = Example(id="q", input="abcdefghij", target="stays")
    left = fitted(model, example, room=length(model, example) - 3)
    assert (left.example.input, left.cut, left.fits) == ("abcdefg", 3, True)
    assert left.example.target == "stays"


@pytest.mark.parametrize("text", ["ééééé", "日本日本", "🙂🙂🙂", "a\ufffd\ufffd"])
def test_a_cut_through_a_character_ends_and_leaves_its_half_out(model: CausalModel, text: str) -> None:
    """Half a character decodes to U+FFFD, which is three tokens again: cutting these in turn never ended."""
    example = Example(id="q", input=text)
    whole = len(model.encode(text))
    for too_much in range(1, whole + 1):
        left = fitted(model, example, room=length(model, example) - too_much)
        assert left.fits
        assert text.startswith(left.example.input)
        assert left.cut == whole - len(model.encode(left.example.input)) >= too_much


def test_what_does_not_fit_at_all_is_said(model: CausalModel) -> None:
    example = Example(id="q", input="abc")
    left = fitted(model, example, room=5, shown=SHOWN)
    assert (left.fits, left.example.input, left.cut) == (False, "", 3)
