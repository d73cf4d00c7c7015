import pytest
from ticket_desk import as_csv, as_jsonl, sentence

from metier.core import Message
from metier.data import SHAPES


def openai(number: int, **extra):
    turns = [
        {"role": "system", "content": "You are a desk."},
        {"role": "user", "content": sentence(number)},
        {"role": "assistant", "content": f"answer {sentence(1_000 + number)}"},
    ]
    return {"messages": turns, **extra}


def test_every_shape_is_a_file_found_by_its_name():
    assert SHAPES.names() == [
        *("alpaca", "choices", "completion", "dialogue", "inline", "kto", "messages", "openai_preference"),
        *("preference", "question", "sharegpt", "spans", "tagged"),
    ]
    assert all(SHAPES.get(name).title for name in SHAPES.names())


def test_openai_messages_become_the_last_exchange_and_its_history(desk):
    desk.write("a.jsonl", as_jsonl(openai(number, customer=f"c{number}") for number in range(20)))
    prepared = desk.prepare("a.jsonl")
    assert prepared.task.kind == "chat"
    assert prepared.summary["shape"] == "messages"
    assert (
        "Rows: OpenAI messages (20 of 20 rows have a list 'messages' of role and content)."
        in (prepared.summary["evidence"])
    )
    example = desk.example(prepared, "a.jsonl:3")
    assert example.input == sentence(2)
    assert example.target == f"answer {sentence(1_002)}"
    assert example.history == (Message(role="system", content="You are a desk."),)
    assert example.fields == {"customer": "c2"}


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")], ("c", "d", 2)),
        ([("user", "a"), ("assistant", "b"), ("user", "c")], ("a", "b", 0)),
        ([("developer", "s"), ("user", "a"), ("assistant", "b"), ("tool", "t"), ("assistant", "e")], ("a", "b", 1)),
        ([("user", "a")], ("a", "", 0)),
        ([("system", "s"), ("assistant", "b")], ("", "", 0)),
        ([], ("", "", 0)),
    ],
)
def test_the_answer_is_the_last_one_that_follows_a_user(turns, expected):
    from metier.data.understanding.exchanges import last_exchange
    from metier.data.understanding.turns import turns_of

    items = [{"role": role, "content": content} for role, content in turns]
    found = last_exchange(turns_of(items, {}, role_key="role", content_key="content"))
    assert (found.input, found.target, len(found.history)) == expected


def test_content_parts_tool_calls_and_weights(desk):
    def row(number):
        parts = [{"type": "text", "text": sentence(number)}, {"type": "text", "text": "more"}]
        call = [{"function": {"name": "look_up", "arguments": "{}"}}]
        return {
            "messages": [
                {"role": "user", "content": "first"},
                {"role": "assistant", "content": None, "tool_calls": call, "weight": 0},
                {"role": "user", "content": parts},
                {"role": "assistant", "content": f"answer {number}", "weight": 1},
            ]
        }

    desk.write("a.jsonl", as_jsonl(map(row, range(20))))
    example = desk.prepare("a.jsonl").train[0]
    assert example.input.endswith("\nmore")
    assert "look_up" in example.history[1].content
    assert [turn.weight for turn in example.history] == [1.0, 0.0]


def test_an_answer_of_weight_zero_is_left_out_unless_there_is_another(desk):
    rows = [openai(number) for number in range(20)]
    rows[4]["messages"][-1]["weight"] = 0
    rows[5]["messages"][-1]["weight"] = 0
    rows[5]["messages"] = [
        {"role": "user", "content": "earlier"},
        {"role": "assistant", "content": "learn this"},
        *rows[5]["messages"],
    ]
    desk.write("a.jsonl", as_jsonl(rows))
    ledger = {row.id: row for row in desk.prepare("a.jsonl").ledger}
    assert ledger["a.jsonl:5"].status == "left_out"
    assert ledger["a.jsonl:5"].why == "every answer has weight 0: not to be learnt from"
    assert ledger["a.jsonl:6"].status == "kept"


def test_rows_that_break_the_shape_are_all_reported(desk):
    rows = [openai(number) for number in range(30)]
    rows[3]["messages"][1]["role"] = "wizard"
    rows[7]["messages"][2]["content"] = [{"type": "image_url", "image_url": "x"}]
    rows[9]["messages"] = "text"
    rows[11]["messages"][0]["weight"] = 7
    rows[12]["messages"][1] = "hello"
    desk.write("a.jsonl", as_jsonl(rows))
    problem = desk.problem("a.jsonl")
    assert problem.got.startswith(
        "5 rows of another form: line 4: the role 'wizard'; name it in data.roles; line 8: a content part of type"
    )
    assert "line 10: a text instead of a list" in problem.got
    assert "line 12: the weight 7" in problem.got
    assert "line 13: a turn that is a text" in problem.got


def test_rows_without_an_answer_stand_in_the_ledger(desk):
    rows = [openai(number) for number in range(20)]
    rows[1]["messages"] = rows[1]["messages"][:2]
    rows[2]["messages"] = []
    rows[3] = {"note": "no turns at all"}
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl")
    assert [row.status for row in prepared.ledger[1:4]] == ["label_missing", "empty", "empty"]


def test_sharegpt_in_its_spellings(desk):
    def row(number):
        turns = [{"from": "human", "value": sentence(number)}, {"from": "gpt", "value": f"answer {number}"}]
        return {"system": "You are a desk.", "conversations": turns}

    desk.write("a.json", "[" + ",".join(as_jsonl([row(number)]) for number in range(20)) + "]")
    prepared = desk.prepare("a.json")
    assert prepared.summary["shape"] == "sharegpt"
    assert prepared.train[0].history == (Message(role="system", content="You are a desk."),)
    assert prepared.task.kind == "chat"


def test_alpaca_with_many_instructions_is_generation(desk):
    rows = [{"instruction": sentence(n), "input": f"about {n}", "output": sentence(500 + n)} for n in range(20)]
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl")
    assert (prepared.summary["shape"], prepared.task.kind) == ("alpaca", "generate")
    example = desk.example(prepared, "a.jsonl:1")
    assert example.input == f"{sentence(0)}\nabout 0"


def test_alpaca_with_a_history_is_a_chat(desk):
    rows = [
        {"instruction": sentence(n), "output": sentence(500 + n), "history": [["hi", "hello"]], "system": "S"}
        for n in range(20)
    ]
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl")
    assert prepared.task.kind == "chat"
    assert [turn.role for turn in prepared.train[0].history] == ["system", "user", "assistant"]


def test_alpaca_with_one_instruction_is_a_table_with_that_instruction(desk):
    rows = [
        {"instruction": "Sort this ticket.", "input": sentence(n), "output": ["refund", "card"][n % 2]}
        for n in range(30)
    ]
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl")
    assert (prepared.task.kind, prepared.task.instruction) == ("classify", "Sort this ticket.")
    assert prepared.task.labels == ("card", "refund")
    assert prepared.train[0].input in {sentence(n) for n in range(30)}
    assert desk.prepare("a.jsonl", task={"instruction": "Mine."}).task.instruction == "Mine."


def test_the_shape_is_voted_not_guessed_from_the_first_row(desk):
    rows = [{"messages": "not a chat", "text": sentence(n), "label": "ab"[n % 2]} for n in range(20)]
    desk.write("a.jsonl", as_jsonl([openai(99), *rows]))
    assert desk.inspect("a.jsonl").shape == "table"
    desk.write("b.jsonl", as_jsonl([rows[0], *[openai(number) for number in range(20)]]))
    assert desk.inspect("b.jsonl").shape == "messages"


def test_a_named_column_makes_a_table_of_anything(desk):
    desk.write("a.jsonl", as_jsonl(openai(n, text=sentence(n), label="ab"[n % 2]) for n in range(20)))
    prepared = desk.prepare("a.jsonl", input="text", target="label")
    assert prepared.task.kind == "classify"


def test_a_chat_can_be_told_to_be_a_classification(desk):
    def row(number):
        turns = [("user", sentence(number)), ("assistant", ["refund", "card"][number % 2])]
        return {"messages": [{"role": role, "content": content} for role, content in turns]}

    desk.write("a.jsonl", as_jsonl(map(row, range(30))))
    assert desk.prepare("a.jsonl", task={"kind": "classify"}).task.labels == ("card", "refund")


def test_a_plain_table_says_so(desk):
    desk.write("a.csv", as_csv([("text", "label"), *[(sentence(n), "ab"[n % 2]) for n in range(20)]]))
    assert "Rows: a plain table (columns: 2)." in desk.inspect("a.csv").evidence
