import pytest

from metier.core import Example, Message, Task
from metier.prompts import Prompt, compose, plain_label_words

SHOWN = [Example(id="1", input="lost it", target="card_lost"), Example(id="2", input="cannot sign in", target="login")]
QUESTION = Example(id="q", input="where is my money", target="refund")


def turns(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in messages]


def test_a_question_alone_is_an_instruction_and_a_user_turn() -> None:
    assert turns(Prompt(instruction="Sort.").messages(QUESTION)) == [("system", "Sort."), ("user", "where is my money")]
    assert turns(Prompt(instruction="").messages(QUESTION)) == [("user", "where is my money")]


def test_demonstrations_are_solved_turns_in_their_order_and_carry_no_loss() -> None:
    prompt = Prompt(instruction="Sort.", label_words={"card_lost": "card lost", "login": "login"})
    messages = prompt.messages(QUESTION, SHOWN)
    assert turns(messages) == [
        ("system", "Sort."),
        ("user", "lost it"), ("assistant", "card lost"),
        ("user", "cannot sign in"), ("assistant", "login"),
        ("user", "where is my money"),
    ]  # fmt: skip
    assert all(message.weight == 0 for message in messages if message.role == "assistant")


def test_the_questions_own_target_is_not_looked_at() -> None:
    prompt = Prompt(instruction="Sort.")
    assert prompt.messages(QUESTION) == prompt.messages(Example(id="q", input="where is my money"))


def test_a_chat_keeps_its_history_and_its_own_system_turn_comes_first() -> None:
    history = (
        Message(role="system", content="You are a clerk."),
        Message(role="user", content="hello"),
        Message(role="assistant", content="hi", weight=0.5),
    )
    asked = Example(id="q", input="my card", history=history)
    shown = Example(id="1", input="lost", target="Sorry.", history=history)
    messages = Prompt(instruction="Answer.").messages(asked, [shown])
    assert turns(messages) == [
        ("system", "You are a clerk."),
        ("user", "hello"), ("assistant", "hi"), ("user", "lost"), ("assistant", "Sorry."),
        ("user", "hello"), ("assistant", "hi"), ("user", "my card"),
    ]  # fmt: skip
    assert [message.weight for message in messages if message.role == "assistant"] == [0, 0, 0.5]


def test_labels_are_worded_plainly_where_that_keeps_them_apart() -> None:
    assert plain_label_words(["card_arrival", "top-up", "a__b"]) == {
        "card_arrival": "card arrival",
        "top-up": "top up",
        "a__b": "a b",
    }
    assert plain_label_words(["a_b", "a-b"]) == {"a_b": "a_b", "a-b": "a-b"}
    assert plain_label_words(["___"]) == {"___": "___"}


def composed(labels: tuple[str, ...] = ("a_b", "c"), *, trained: bool = False, **settings: object) -> Prompt:
    task = Task(kind="classify" if labels else "generate", instruction="Sort.", labels=labels)
    wanted = {"instruction": None, "list_labels": None, "label_words": {}, **settings}
    return compose(task, trained=trained, **wanted)  # type: ignore[arg-type]


def test_prompting_lists_the_labels_and_training_does_not() -> None:
    assert composed().instruction == "Sort.\nAnswer with one of: a b, c."
    assert composed(trained=True).instruction == "Sort."


@pytest.mark.parametrize(("count", "listed"), [(30, True), (31, False)])
def test_more_than_thirty_labels_are_not_listed(count: int, listed: bool) -> None:
    labels = tuple(f"label{number:02}" for number in range(count))
    assert ("label07" in composed(labels).instruction) is listed
    assert "label07" in composed(labels, list_labels=True).instruction


def test_the_recipe_may_word_and_instruct_as_it_likes() -> None:
    prompt = composed(instruction="Decide.", label_words={"a_b": "first"}, list_labels=True, trained=True)
    assert prompt.instruction == "Decide.\nAnswer with one of: first, c."
    assert prompt.label_words == {"a_b": "first", "c": "c"}
    assert composed(instruction="", list_labels=False).instruction == ""


def test_a_task_without_labels_has_no_list() -> None:
    assert composed((), list_labels=True).instruction == "Sort."
