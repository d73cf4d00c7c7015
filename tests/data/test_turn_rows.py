"""Tables of turns become conversations; other tables stay as they are."""

import pytest
from ticket_desk import as_csv, as_jsonl, sentence

HEADER = ("conversation_id", "turn", "speaker", "text", "channel")


def turns(count=20, length=4):
    return [
        (f"c{talk}", turn, ["customer", "agent"][turn % 2], sentence(talk * 10 + turn), ["mail", "chat"][talk % 2])
        for talk in range(count)
        for turn in range(length)
    ]


def test_rows_of_one_conversation_become_one(desk):
    desk.write("a.csv", as_csv([HEADER, *turns()]))
    prepared = desk.prepare("a.csv")
    assert (prepared.summary["rows"], prepared.task.kind, prepared.summary["shape"]) == (20, "chat", "dialogue")
    assert any("each row is a turn" in told for told in prepared.summary["evidence"])
    example = desk.example(prepared, "a.csv:3")
    assert (example.input, example.target) == (sentence(22), sentence(23))
    assert [turn.content for turn in example.history] == [sentence(20), sentence(21)]
    assert example.fields["channel"] == "mail"
    desk.write("a.jsonl", as_jsonl(dict(zip(HEADER, row, strict=True)) for row in turns()))
    assert desk.prepare("a.jsonl").summary["rows"] == 20


def test_a_table_of_rows_that_are_no_turns_stays_one(desk):
    acts = [(*row, ["greet", "ask", "tell"][number % 3]) for number, row in enumerate(turns())]
    desk.write("acts.csv", as_csv([(*HEADER, "act"), *acts]))
    assert (desk.inspect("acts.csv").shape, desk.inspect("acts.csv").rows) == ("table", 80)
    desk.write("single.csv", as_csv([HEADER, *turns(60, 1)]))
    assert desk.inspect("single.csv").rows == 60
    desk.write("a.csv", as_csv([HEADER, *turns()]))
    assert desk.inspect("a.csv", input="text", target="speaker").rows == 80


@pytest.mark.parametrize("moved", [1, 5])
def test_turns_that_stand_apart_are_told(desk, moved):
    rows = turns()
    desk.write("a.csv", as_csv([HEADER, *rows[moved:], *rows[:moved]]))
    problem = desk.problem("a.csv")
    assert "1 whose rows stand apart: 'c" in problem.got
    assert "sort the rows by 'conversation_id'" in problem.remedy
