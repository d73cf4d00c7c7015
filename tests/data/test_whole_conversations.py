"""Conversations as inputs: what was written of each, or a label, and not the next turn, is the answer."""

import pytest
from ticket_desk import as_jsonl, sentence

from metier.data.understanding.columns import by_name


def visits(count=30, **beside):
    """Conversations in a clinic, each with the report that the doctor wrote."""
    return [
        {
            "dialogue": [
                {"speaker": "doctor", "utterance": sentence(n)},
                {"speaker": "patient", "utterance": sentence(n + 500)},
                {"speaker": "doctor", "utterance": sentence(n + 900)},
            ],
            **{name: make(n) for name, make in beside.items()},
        }
        for n in range(count)
    ]


def test_a_report_beside_conversations_is_what_is_written_of_them(desk):
    desk.write("a.jsonl", as_jsonl(visits(report=lambda n: f"Pain since {n} days. {sentence(n, 20)}")))
    prepared = desk.prepare("a.jsonl")
    assert prepared.task.kind == "generate"
    assert prepared.task.instruction == "Write the report of the conversation."
    first = desk.example(prepared, "a.jsonl:1")
    assert first.input == f"doctor: {sentence(0)}\npatient: {sentence(500)}\ndoctor: {sentence(900)}"
    assert first.target.startswith("Pain since 0 days.")
    assert first.history == ()
    assert any("task.kind: chat answers the last user turn instead" in said for said in prepared.summary["evidence"])
    seen = desk.inspect("a.jsonl")
    assert (seen.input, seen.target) == ("dialogue", "report")
    assert by_name(seen.columns)["report"].reason == "its name: what is written of a conversation"


def test_the_recipe_decides_otherwise(desk):
    desk.write("a.jsonl", as_jsonl(visits(report=lambda n: sentence(n, 20))))
    assert desk.prepare("a.jsonl", task={"kind": "chat"}).task.kind == "chat"
    named = desk.prepare("a.jsonl", input="dialogue", target="report")
    assert desk.example(named, "a.jsonl:1").input.startswith("doctor: ")


@pytest.mark.parametrize("title", ["title", "model", "remark"])
def test_other_columns_leave_conversations_what_they_are(desk, title):
    desk.write("a.jsonl", as_jsonl(visits(**{title: lambda n: sentence(n, 20)})))
    assert desk.inspect("a.jsonl").kind == "chat"


def test_a_label_of_conversations_is_offered_and_can_be_named(desk):
    desk.write("a.jsonl", as_jsonl(visits(category=lambda n: ("pain", "rash", "cough")[n % 3])))
    seen = desk.inspect("a.jsonl")
    assert seen.kind == "chat"
    assert "Also possible: data.target: category, about whole conversations." in seen.evidence
    prepared = desk.prepare("a.jsonl", target="category")
    assert (prepared.task.kind, prepared.task.labels) == ("classify", ("cough", "pain", "rash"))
    assert desk.example(prepared, "a.jsonl:1").input.startswith("doctor: ")


def test_messages_with_calls_of_tools_are_texts_too(desk):
    turns = [
        {"role": "user", "content": "where is my parcel?"},
        {"role": "assistant", "content": None, "tool_calls": [{"name": "find"}]},
        {"role": "tool", "content": [{"type": "text", "text": "on its way"}]},
    ]
    rows = [{"messages": [*turns, {"role": "user", "content": sentence(n)}], "summary": sentence(n)} for n in range(30)]
    desk.write("a.jsonl", as_jsonl(rows))
    lines = desk.example(desk.prepare("a.jsonl"), "a.jsonl:1").input.splitlines()
    assert lines[:3] == ["user: where is my parcel?", 'assistant: [{"name": "find"}]', "tool: on its way"]
