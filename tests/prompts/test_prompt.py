from dataclasses import replace
from pathlib import Path

from metier.core import Example, Message
from metier.prompts import Prompt

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


def test_a_text_is_put_the_same_way_in_questions_and_demonstrations() -> None:
    messages = Prompt(instruction="", question="Mail: {input}\nIntent:").messages(QUESTION, SHOWN[:1])
    assert turns(messages) == [
        ("user", "Mail: lost it\nIntent:"), ("assistant", "card_lost"), ("user", "Mail: where is my money\nIntent:"),
    ]  # fmt: skip


def test_what_stands_in_a_text_is_never_filled_in() -> None:
    asked = Example(id="q", input="{input} {instruction} {labels}")
    assert turns(Prompt(instruction="", question="<{input}>").messages(asked)) == [("user", f"<{asked.input}>")]


def test_an_instruction_in_the_users_turn_stands_before_the_first_text_and_only_there() -> None:
    prompt = Prompt(instruction="Sort.", place="user")
    assert turns(prompt.messages(QUESTION, SHOWN))[0] == ("user", "Sort.\n\nlost it")
    assert turns(prompt.messages(QUESTION, SHOWN))[-1] == ("user", "where is my money")
    assert turns(prompt.messages(QUESTION)) == [("user", "Sort.\n\nwhere is my money")]


def test_a_prompt_is_what_it_was_after_saving(tmp_path: Path) -> None:
    prompt = Prompt(instruction="Sört.\nNow.", label_words={"a": "á"}, question="<{input}>", place="user")
    prompt.save(tmp_path / "prompt.json")
    again = Prompt.load(tmp_path / "prompt.json")
    assert again == prompt
    assert again.hash == prompt.hash


def test_prompts_that_say_something_else_have_other_hashes() -> None:
    one = Prompt(instruction="Sort.", label_words={"a": "b"})
    others = [
        replace(one, **change)
        for change in ({"instruction": "Sort"}, {"label_words": {}}, {"question": "> {input}"}, {"place": "user"})
    ]
    assert len({one.hash, *(other.hash for other in others)}) == 5


def test_a_diff_shows_what_changed_and_nothing_for_equals() -> None:
    one = Prompt(instruction="Sort.", label_words={"a": "b"})
    assert one.diff(replace(one)) == ""
    assert one.diff(replace(one, question="Mail: {input}")).splitlines() == [
        " [system] Sort.",
        "-[user] {input}",
        "+[user] Mail: {input}",
        " [assistant] b",
    ]
