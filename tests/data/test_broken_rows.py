"""Rows that cannot be read are an error, or, where the recipe says so, left out with a line in the ledger."""

import json

import pytest
from ticket_desk import as_jsonl, sentence, ticket_csv

FOOTER = "Confidential\n,,,\n"


def _unreadable(prepared):
    return {row.row: row.why for row in prepared.ledger if row.status == "left_out"}


def test_a_footer_under_a_table_is_left_out_and_accounted_for(desk):
    desk.write("a.csv", ticket_csv() + FOOTER)
    assert "data.broken_rows: leave_out" in desk.problem("a.csv").remedy
    prepared = desk.prepare("a.csv", broken_rows="leave_out")
    assert prepared.summary["rows"] == len(prepared.ledger) == 32
    reason = "it cannot be read: {}, where the header has 2"
    assert _unreadable(prepared) == {31: reason.format("1 field"), 32: reason.format("4 fields")}
    told = "a.csv: 2 of 32 rows cannot be read and are left out: line 32: 1 field, where the header has 2; line 33: "
    assert any(text.startswith(told) for text in prepared.summary["warnings"])


def test_the_rows_around_them_keep_their_numbers_and_answers(desk):
    whole = ticket_csv().splitlines(keepends=True)
    desk.write("whole.csv", "".join(whole))
    desk.write("broken.csv", "".join([*whole[:5], "alone\n", *whole[5:]]))
    before = {row.row: row.label for row in desk.prepare("whole.csv").ledger}
    after = {row.row: row.label for row in desk.prepare("broken.csv", broken_rows="leave_out").ledger}
    assert after.pop(5) is None
    assert list(after.values()) == list(before.values())


def test_a_line_that_is_no_json(desk):
    rows = [{"text": sentence(n), "label": f"kind {n % 2}"} for n in range(30)]
    desk.write("a.jsonl", as_jsonl(rows) + '{"text": "cut o\n[1]\n')
    assert "data.broken_rows: leave_out" in desk.problem("a.jsonl").remedy
    found = _unreadable(desk.prepare("a.jsonl", broken_rows="leave_out"))
    assert found[31].startswith("it cannot be read: no JSON object: Invalid control character")
    assert found[32] == "it cannot be read: no JSON object: a list, not an object"


def test_conversations_of_another_form(desk):
    talks = [
        {"messages": [{"role": "user", "content": sentence(n)}, {"role": "assistant", "content": sentence(n + 900)}]}
        for n in range(30)
    ]
    desk.write("a.jsonl", as_jsonl([*talks, {"messages": "none"}]))
    assert "data.broken_rows: leave_out" in desk.problem("a.jsonl").remedy
    prepared = desk.prepare("a.jsonl", broken_rows="leave_out")
    assert set(_unreadable(prepared)) == {31}
    assert any("1 of 31 rows cannot be read and is left out" in text for text in prepared.summary["warnings"])


def test_turns_of_a_table_around_a_broken_line(desk):
    lines = [f"{n},{who},{sentence(2 * n + place)}" for n in range(30) for place, who in enumerate(("user", "bot"))]
    desk.write("a.csv", "\n".join(["conversation_id,speaker,text", *lines[:11], "lost", *lines[11:]]) + "\n")
    prepared = desk.prepare("a.csv", broken_rows="leave_out", roles={"bot": "assistant"})
    assert prepared.summary["rows"] == 31
    assert len(_unreadable(prepared)) == 1


@pytest.mark.parametrize("broken", ['"open,x\n', '"he said "hi"",x\n'])
def test_a_quote_that_hides_rows_is_always_an_error(desk, broken):
    desk.write("a.csv", ticket_csv() + broken)
    assert "quote" in desk.problem("a.csv", broken_rows="leave_out").got


def test_a_tool_export_with_a_broken_line(desk):
    tasks = [
        {
            "data": {"text": sentence(n)},
            "annotations": [{"result": [{"type": "choices", "value": {"choices": [f"kind {n % 2}"]}}]}],
        }
        for n in range(30)
    ]
    desk.write("a.jsonl", "".join(json.dumps(task) + "\n" for task in tasks) + "{\n")
    prepared = desk.prepare("a.jsonl", broken_rows="leave_out")
    assert prepared.summary["rows"] == 31
    assert set(_unreadable(prepared)) == {31}
