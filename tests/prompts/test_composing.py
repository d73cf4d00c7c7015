import pytest

from metier.core import Example, Task
from metier.prompts import PHRASINGS, PLAIN, Prompt, compose, plain_label_words, styled_label_words


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


def test_other_styles_of_label_words_keep_the_labels_apart_and_differ() -> None:
    styles = styled_label_words(["card_arrival", "lost"])
    assert styles["plain"] == plain_label_words(["card_arrival", "lost"])
    assert styles["as given"] == {"card_arrival": "card_arrival", "lost": "lost"}
    assert len({tuple(words.items()) for words in styles.values()}) == len(styles) == 4
    assert "capital" not in styled_label_words(["a", "A"])  # would be one word for both
    assert "as given" not in styled_label_words(["lost"])  # is the plain one


def phrased(*labels: str, instruction: str = "Sort the mail.", trained: bool = False) -> list[Prompt]:
    task = Task(kind="classify" if labels else "generate", instruction=instruction, labels=labels)
    return [
        compose(task, instruction=None, list_labels=None, label_words={}, trained=trained, phrasing=phrasing)
        for phrasing in PHRASINGS
    ]


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("labels", [(), ("card_lost", "refund")])
def test_there_are_at_least_eight_other_phrasings_and_each_says_all(labels: tuple[str, ...], trained: bool) -> None:
    prompts = phrased(*labels, trained=trained)
    assert PHRASINGS[0] == PLAIN
    assert len({prompt.hash for prompt in prompts} - {prompts[0].hash}) >= 8
    assert len({phrasing.name for phrasing in PHRASINGS}) == len(PHRASINGS)
    for prompt in prompts:
        said = " ".join(turn.content for turn in prompt.messages(Example(id="q", input="my card")))
        assert "Sort the mail." in said
        assert "my card" in said
        assert "{" not in said
        assert all((word in said) is (not trained) for word in map(plain_label_words(labels).get, labels))


def test_without_an_instruction_a_phrasing_invents_none() -> None:
    assert {prompt.instruction for prompt in phrased(instruction="")} == {""}


def test_a_phrasing_that_puts_the_text_its_own_way_replaces_the_recipes_way() -> None:
    task = Task(kind="generate", instruction="Answer.")
    put = {
        phrasing.name: compose(
            task,
            instruction=None,
            list_labels=None,
            label_words={},
            trained=False,
            question="Q: {input}",
            phrasing=phrasing,
        ).question
        for phrasing in PHRASINGS
    }
    assert put["plain"] == put["expert"] == "Q: {input}"
    assert put["quoted"] == '"{input}"'
