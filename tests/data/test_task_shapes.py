"""Shapes and layouts beyond conversations: what is asked, what is answered, and what goes along."""

import json

import pytest
from ticket_desk import as_jsonl, sentence

from metier.core import Task
from metier.core.tasks.extract import spans_in
from metier.data.reading.layouts import LAYOUTS
from metier.data.understanding.shapes import SHAPES, MalformedRowError


def exchange(shape, row, roles=()):
    found = SHAPES.get(shape)
    assert found.matches(row)
    return found.exchange(row, dict(roles))


@pytest.mark.parametrize(
    ("prompt", "chosen", "rejected"),
    [
        ("why?", "because", "no idea"),
        (None, "\n\nHuman: why?\n\nAssistant: because", "\n\nHuman: why?\n\nAssistant: no idea"),
        (None, [("user", "why?"), ("assistant", "because")], [("user", "why?"), ("assistant", "no idea")]),
        ([("user", "why?")], [("assistant", "because")], [("assistant", "no idea")]),
    ],
)
def test_preferences_in_their_spellings(prompt, chosen, rejected):
    def value(given):
        return [{"role": role, "content": text} for role, text in given] if isinstance(given, list) else given

    row = {"chosen": value(chosen), "rejected": value(rejected)} | ({"prompt": value(prompt)} if prompt else {})
    found = exchange("preference", row)
    assert (found.input, found.target, found.fields) == ("why?", "because", {"rejected": "no idea"})


def test_openai_preferences():
    row = {
        "input": {"messages": [{"role": "user", "content": "why?"}], "tools": []},
        "preferred_output": [{"role": "assistant", "content": "because"}],
        "non_preferred_output": [{"role": "assistant", "content": "no idea"}],
    }
    found = exchange("openai_preference", row)
    assert (found.input, found.target, found.fields) == ("why?", "because", {"rejected": "no idea"})


def test_unwanted_answers_of_kto_are_left_out_and_said(desk):
    rows = [{"prompt": sentence(n), "completion": f"answer {n}", "label": n % 5 != 0} for n in range(30)]
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl")
    assert (prepared.summary["shape"], prepared.task.kind) == ("kto", "generate")
    assert prepared.summary["totals"]["left_out"] == {"": 6}


def test_prompt_and_completion_of_messages():
    row = {"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}
    assert exchange("completion", row)[:2] == ("a", "b")


@pytest.mark.parametrize(
    "spans",
    [
        [{"start": 4, "end": 10, "label": "food"}, {"start": 0, "end": 3, "label": "number"}],
        [{"start_offset": 4, "end_offset": 10, "entity": "food"}, {"end": 3, "type": "number"}],
        [[4, 10, "food"], [0, 3, "number"]],
        [
            {"slot": "food", "valueSpan": {"startIndex": 4, "endIndex": 10}},
            {"slot": "number", "valueSpan": {"endIndex": 3}},
        ],
        json.dumps([{"start": 4, "end": 10, "labels": ["food"]}, {"start": 0, "end": 3, "labels": ["number"]}]),
    ],
)
def test_spans_in_their_spellings(spans):
    found = exchange("spans", {"text": "two pizzas", "entities": spans})
    assert found.input == "two pizzas"
    assert spans_in(found.target) == [(0, 3, "number"), (4, 10, "food")]


def test_a_span_outside_its_text_is_malformed():
    with pytest.raises(MalformedRowError, match="in a text of 10 characters"):
        exchange("spans", {"text": "two pizzas", "entities": [[4, 11, "food"]]})


def test_rows_without_spans_count_too_and_the_kinds_are_in_the_instruction(desk):
    rows = [
        {"text": sentence(n), "entities": [[0, 3, "word"], [4, 6, "piece"]] if n % 3 == 0 else []} for n in range(30)
    ]
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl")
    assert prepared.task == Task(
        kind="extract", instruction="Find these in the text: piece, word.", labels=("piece", "word")
    )
    assert desk.example(prepared, "a.jsonl:2").target == "[]"
    desk.write("b.jsonl", as_jsonl(rows))
    written = desk.prepare("b.jsonl", task={"kind": "generate"})
    assert written.task.instruction.startswith("Find these in the text: piece, word. Answer with a JSON object")
    assert desk.example(written, "b.jsonl:1").target == json.dumps(
        {"piece": [sentence(0)[4:6]], "word": [sentence(0)[:3]]}
    )


@pytest.mark.parametrize(
    "tags",
    [
        ["B-X", "I-X", "B-X", "O", "B-Y"],
        ["B-X", "L-X", "U-X", "O", "U-Y"],
        ["B-X", "E-X", "S-X", "O", "S-Y"],
        ["I-X", "E-X", "I-X", "O", "I-Y"],
    ],
)
def test_tag_schemes(tags):
    row = {"tokens": ["New", "York", "Rome", "in", "May"], "tags": tags}
    found = exchange("tagged", row)
    assert [(span.label, found.input[span.start : span.end]) for span in spans_in(found.target)] == [
        ("X", "New York"),
        ("X", "Rome"),
        ("Y", "May"),
    ]


def test_conll_with_documents_and_four_columns(desk):
    lines = ["-DOCSTART- -X- O O", ""]
    for number in range(30):
        lines += [f"{word} NN _ {'B-W' if place == 1 else 'O'}" for place, word in enumerate(sentence(number).split())]
        lines += ["", *(["-DOCSTART- -X- O O", ""] if number % 5 == 4 else [])]
    desk.write("a.conll", "\n".join(lines))
    prepared = desk.prepare("a.conll", group="document")
    assert prepared.summary["rows"] == 30
    first = desk.example(prepared, "a.conll:1")
    assert [entry["text"] for entry in json.loads(first.target)] == [sentence(0).split()[1]]
    assert first.group == "document 1"
    desk.write("b.conll", "\n".join([*lines, "alone"]))
    assert "'alone'" in desk.problem("b.conll").got


@pytest.mark.parametrize(
    ("answers", "target"),
    [
        ({"text": ["Rome", "the city of Rome"], "answer_start": [0, 1]}, "Rome"),
        (["Rome", "the city of Rome"], "Rome"),
        ([{"text": "Rome", "answer_start": 3}], "Rome"),
        ("Rome", "Rome"),
    ],
)
def test_questions_with_contexts(answers, target):
    found = exchange("question", {"context": "It was in Rome.", "question": "Where?", "answers": answers})
    assert (found.input, found.target) == ("It was in Rome.\n\nWhere?", target)
    assert found.group


@pytest.mark.parametrize(
    "name", ["prices.md", "hr/leave days.pdf", "terms, conditions.md", "a.md, b.html", "faq.csv#f1"]
)
def test_the_name_of_the_right_document_is_no_context(name):
    matches = SHAPES.get("question").matches
    assert not matches({"question": "How much?", "answer": "four", "article": name})
    assert matches({"question": "How much?", "answer": "four", "article": "A parcel costs four. See prices.md!"})
    row = {"question": "How much?", "answer": "four", "document": name, "passage": "A parcel costs four."}
    assert SHAPES.get("question").exchange(row, {}).input == "A parcel costs four.\n\nHow much?"


def test_squad_has_a_row_for_each_question_and_none_is_lost():
    questions = [
        {"question": "Where?", "id": "1", "answers": [{"text": "Rome", "answer_start": 3}]},
        {"question": "Who?", "id": "2", "answers": [], "is_impossible": True},
    ]
    layout = LAYOUTS.get("squad")
    row = {"title": "T", "paragraphs": [{"context": "C", "qas": questions}]}
    assert layout.matches(row)
    rows = list(layout.rows(row))
    assert [item["answers"] for item in rows] == [["Rome"], []]
    assert exchange("question", rows[0]).target == "Rome"
    assert exchange("question", rows[1]).target == "unanswerable"


def test_an_article_without_questions_stands_in_the_ledger(desk):
    def article(number):
        qas = [{"question": sentence(number), "answers": [{"text": f"answer {number}"}]}]
        return {"title": "T", "paragraphs": [{"context": sentence(100 + number), "qas": qas}]}

    articles = [*map(article, range(20)), {"title": "empty", "paragraphs": []}]
    desk.write("a.json", json.dumps({"version": "1", "data": articles}))
    prepared = desk.prepare("a.json")
    assert prepared.summary["rows"] == 21
    assert prepared.ledger[20].status == "empty"


@pytest.mark.parametrize(
    ("row", "target"),
    [
        ({"query": "q", "choices": ["x", "y", "z"], "gold": 1}, "B"),
        ({"question": "q", "options": ["x", "y", "z"], "answer": "z"}, "C"),
        ({"question": "q", "choices": {"text": ["x", "y"], "label": ["1", "2"]}, "answerKey": "2"}, "B"),
        ({"question": "q", "choices": {"A": "x", "B": "y"}, "answer": "B"}, "B"),
    ],
)
def test_multiple_choice_in_its_spellings(row, target):
    found = exchange("choices", row)
    assert found.target == target
    assert found.input.startswith("q\nA. x\nB. y")


def test_a_right_choice_that_is_none_is_malformed():
    with pytest.raises(MalformedRowError, match="which is none of 2"):
        exchange("choices", {"query": "q", "choices": ["x", "y"], "gold": 7})


def test_dialogues_with_speakers_of_their_own(desk):
    def row(number):
        turns = [("Ann", sentence(number)), ("Ann", "please"), ("Desk", f"answer {number}")]
        return {"turns": [{"speaker": speaker, "text": text} for speaker, text in turns]}

    desk.write("a.jsonl", as_jsonl(map(row, range(20))))
    assert "name it in data.roles" in desk.problem("a.jsonl").got
    prepared = desk.prepare("a.jsonl", roles={"Ann": "user", "Desk": "assistant"})
    assert desk.example(prepared, "a.jsonl:1").input == f"{sentence(0)}\nplease"


def test_tools_and_calls_are_part_of_what_is_read():
    call = [{"function": {"name": "look_up", "arguments": "{}"}}]
    row = {
        "tools": [{"type": "function", "function": {"name": "look_up"}}],
        "messages": [
            {"role": "developer", "content": "Be short."},
            {"role": "user", "content": "why?"},
            {"role": "assistant", "content": "I look.", "tool_calls": call},
        ],
    }
    found = exchange("messages", row)
    assert found.target.startswith("I look.\n[")
    assert "look_up" in found.target
    assert found.history[0].role == "system"
    assert found.history[0].content.startswith("Be short.\n\nTools: [")


def label_studio(number, choices, **result):
    annotations = [
        {"was_cancelled": choice is None, "result": [] if choice is None else [choice_result(choice)]}
        for choice in choices
    ]
    return {"id": number, "data": {"text": sentence(number)}, "annotations": annotations, "predictions": [], **result}


def choice_result(choice):
    return {"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [choice]}}


def test_label_studio_choices_by_majority_with_agreement(desk):
    rows = [label_studio(n, ["card", "card", "login" if n < 5 else "card"]) for n in range(10)]
    rows += [label_studio(10 + n, ["login", None]) for n in range(10)]
    rows += [label_studio(20, [None])]
    desk.write("a.json", json.dumps(rows))
    prepared = desk.prepare("a.json")
    assert prepared.task.labels == ("card", "login")
    assert desk.example(prepared, "a.json:1").fields["agreement"] == 0.667
    assert prepared.ledger[20].status == "label_missing"


def test_label_studio_spans(desk):
    value = {"start": 0, "end": 4, "text": "word", "labels": ["thing"]}
    result = [{"from_name": "ner", "to_name": "text", "type": "labels", "value": value}]
    rows = [{"data": {"text": sentence(n)}, "annotations": [{"result": result}]} for n in range(20)]
    desk.write("a.json", json.dumps(rows))
    prepared = desk.prepare("a.json")
    assert prepared.summary["shape"] == "spans"
    assert spans_in(desk.example(prepared, "a.json:1").target) == [(0, 4, "thing")]


def test_argilla_records_by_majority_else_the_suggestion(desk):
    def row(number):
        answers = [{"value": "ab"[number % 2]}] * 2 + [{"value": "c", "status": "discarded"}]
        return {
            "id": str(number),
            "fields": {"text": sentence(number)},
            "suggestions": {"label": {"value": "a", "score": None}},
            "responses": {"label": answers} if number % 4 else {},
            "metadata": {"source": "mail"},
        }

    desk.write("a.jsonl", as_jsonl(map(row, range(24))))
    prepared = desk.prepare("a.jsonl")
    assert prepared.task.labels == ("a", "b")
    assert desk.example(prepared, "a.jsonl:1").target == "a"


def test_superannotate_items(desk):
    def row(number):
        parts = {"prompt": {"value": sentence(number)}, "label": {"value": ["ab"[number % 2]]}}
        return {"metadata": {"name": f"item {number}", "folder_name": "x"}, "data": parts}

    desk.write("a.jsonl", as_jsonl(map(row, range(24))))
    prepared = desk.prepare("a.jsonl")
    assert (prepared.summary["columns"]["input"], prepared.task.labels) == ("prompt", ("a", "b"))


def test_every_layout_is_a_file_found_by_its_name():
    assert LAYOUTS.names() == ["argilla", "label_studio", "squad", "superannotate"]
    assert all(LAYOUTS.get(name).title for name in LAYOUTS.names())
