"""Marks written into the text, and preferences under other names."""

import json

import pytest
from ticket_desk import as_jsonl, sentence


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda n: f"a table for [two {n}](people) at [seven](time) {sentence(n)}", [f"two {n}" for n in range(20)]),
        (lambda n: f'a table for [two {n}]{{"entity": "people"}} {sentence(n)}', [f"two {n}" for n in range(20)]),
        (lambda n: f"a <b>table</b> for <people>two {n}</people> {sentence(n)}", [f"two {n}" for n in range(20)]),
        (lambda n: f"a table for [two {n}](people:2) {sentence(n)}", [f"two {n}" for n in range(20)]),
    ],
)
def test_marks_inside_the_text_are_taken_out(desk, make, words):
    desk.write("a.jsonl", as_jsonl({"text": make(n), "intent": "book"} for n in range(20)))
    prepared = desk.prepare("a.jsonl")
    assert (prepared.task.kind, prepared.summary["shape"]) == ("extract", "inline")
    example = desk.example(prepared, "a.jsonl:5")
    spans = json.loads(example.target)
    assert ("people", words[4]) in [(span["label"], span["text"]) for span in spans]
    assert all(example.input[span["start"] : span["end"]] == span["text"] for span in spans)
    assert "](" not in example.input
    assert "<people>" not in example.input


@pytest.mark.parametrize(
    "row",
    [
        lambda n: {"text": f"see [the page](https://example.org/{n}) {sentence(n)}", "label": "ab"[n % 2]},
        lambda n: {"text": f"<p>{sentence(n)}</p>", "label": "ab"[n % 2]},
        lambda n: {"question": sentence(n), "answer": f"<steps>so {n}</steps> {sentence(700 + n)}"},
    ],
)
def test_links_pages_and_written_answers_hold_no_marks(desk, row):
    desk.write("a.jsonl", as_jsonl(map(row, range(20))))
    assert desk.inspect("a.jsonl").shape == "table"


@pytest.mark.parametrize(
    "names", [("chosen", "rejected"), ("accepted", "rejected"), ("response_j", "response_k"), ("better", "worse")]
)
def test_a_better_and_a_worse_answer_under_their_names(desk, names):
    rows = ({"question": sentence(n), names[0]: f"good {n}", names[1]: f"bad {n}"} for n in range(20))
    desk.write("a.jsonl", as_jsonl(rows))
    example = desk.example(desk.prepare("a.jsonl"), "a.jsonl:4")
    assert (example.input, example.target, example.fields["rejected"]) == (sentence(3), "good 3", "bad 3")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("response_a", "response_b"), ("A", "B", "tie")),
        (("response_a", "response_b"), ("model_a", "model_b", "tie (bothbad)")),
        (("response_0", "response_1"), (0, 1, None)),
        (("answer_a", "answer_b"), (1, 2, 0)),
    ],
)
def test_two_answers_and_which_is_better(desk, names, said):
    rows = [
        {"prompt": sentence(n), names[0]: f"left {n}", names[1]: f"right {n}", "winner": said[n % 3]} for n in range(30)
    ]
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl")
    first, second = desk.example(prepared, "a.jsonl:1"), desk.example(prepared, "a.jsonl:2")
    assert (first.target, first.fields["rejected"]) == ("left 0", "right 0")
    assert (second.target, second.fields["rejected"]) == ("right 1", "left 1")
    assert prepared.summary["totals"]["label_missing"] == {"": 10}


def test_a_prompt_that_the_conversations_repeat_counts_once(desk):
    def turns(number, answer):
        return [{"role": "user", "content": sentence(number)}, {"role": "assistant", "content": f"{answer} {number}"}]

    rows = ({"prompt": sentence(n), "chosen": turns(n, "yes"), "rejected": turns(n, "no")} for n in range(20))
    desk.write("a.jsonl", as_jsonl(rows))
    example = desk.example(desk.prepare("a.jsonl"), "a.jsonl:3")
    assert (example.input, example.target, example.history) == (sentence(2), "yes 2", ())
    assert example.fields["rejected"] == "no 2"
