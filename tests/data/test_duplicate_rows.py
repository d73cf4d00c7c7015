from ticket_desk import as_csv, as_jsonl, sentence, tickets


def fates(prepared):
    return {row.id: (row.status, row.why) for row in prepared.ledger if row.status != "kept"}


def warned(prepared, words):
    return [text for text in prepared.summary["warnings"] if words in text]


def test_the_same_input_again_is_a_duplicate_of_the_first(desk):
    extra = [("Where is  MY card?", "card"), ("where is my card?", "card"), ("ｗhere is my card?\n", "card")]
    desk.write("a.csv", as_csv([("text", "label"), *tickets(20), *extra]))
    prepared = desk.prepare("a.csv")
    assert fates(prepared) == {
        "a.csv:22": ("duplicate", "same input as a.csv:21"),
        "a.csv:23": ("duplicate", "same input as a.csv:21"),
    }


def test_the_same_input_with_another_label_keeps_the_first_and_says_both(desk):
    desk.write("a.csv", as_csv([("text", "label"), *tickets(20), ("twice", "card"), ("twice", "refund")]))
    prepared = desk.prepare("a.csv")
    assert fates(prepared) == {"a.csv:22": ("duplicate", "same input as a.csv:21 but the labels differ: card / refund")}
    assert warned(prepared, "Rows with the same input as another row but a different label: 1 (e.g. a.csv:21 and")


def test_turns_before_the_input_tell_rows_apart(desk):
    def row(number, before):
        turns = [("user", before), ("assistant", "yes?"), ("user", "and now?"), ("assistant", f"so {number}")]
        return {"messages": [{"role": role, "content": content} for role, content in turns]}

    desk.write("a.jsonl", as_jsonl([*[row(n, sentence(n)) for n in range(20)], row(99, sentence(0))]))
    assert fates(desk.prepare("a.jsonl")) == {
        "a.jsonl:21": ("duplicate", "same input as a.jsonl:1 but the answers differ: so 0 / so 99")
    }


def test_a_given_test_set_stays_and_its_copies_leave_the_other_splits(desk):
    rows = tickets(40)
    desk.write("train.csv", as_csv([("text", "label"), *rows[:20], rows[31], rows[25], rows[0]]))
    desk.write("validation.csv", as_csv([("text", "label"), *rows[24:28], (rows[30][0].upper(), "login")]))
    desk.write("test.csv", as_csv([("text", "label"), *rows[30:40], rows[33], (rows[34][0], "other")]))
    prepared = desk.prepare({"train": "train.csv", "validation": "validation.csv", "test": "test.csv"})
    assert prepared.summary["splits"] == {"train": 20, "validation": 4, "test": 12}
    assert fates(prepared) == {
        "train.csv:21": ("duplicate", "stands in the test set: test.csv:2"),
        "train.csv:22": ("duplicate", "stands in the validation set: validation.csv:2"),
        "train.csv:23": ("duplicate", "same input as train.csv:1"),
        "validation.csv:5": (
            "duplicate",
            "stands in the test set: test.csv:1 but the labels differ: refund / login",
        ),
    }
    assert warned(prepared, "whose input also stands in the test set: 2, not used; the test set stays")
    assert warned(prepared, "also stands in the validation set: 1")
    assert warned(prepared, "Test rows that repeat the input of another test row: 2, kept")


def test_an_unusable_row_is_no_first_one(desk):
    desk.write("a.csv", as_csv([("text", "label"), *tickets(20), ("twice", ""), ("twice", "card")]))
    assert fates(desk.prepare("a.csv")) == {"a.csv:21": ("label_missing", "there is no label")}
