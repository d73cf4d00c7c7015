import pytest
from ticket_desk import as_csv, as_jsonl, sentence, ticket_csv

from metier.data.understanding.columns import by_name


def inspect_columns(desk, header, rows, **settings):
    desk.write("a.csv", as_csv([header, *rows]))
    return desk.inspect("a.csv", **settings)


def desk_rows(count=60):
    """A support desk's export: many columns, one message, one category."""
    return [
        (
            f"T{4100 + n}",
            f"2026-01-{n % 28 + 1:02d}",
            f"C{n // 3}",
            sentence(n, 14),
            ["refund", "card", "login"][n % 3],
            f"ann{n}@example.org",
            "EUR",
            n * 7 % 11,
            "",
        )
        for n in range(count)
    ]


HEADER = ("ticket_id", "received", "customer_id", "message", "category", "email", "currency", "minutes", "remark")


def test_every_column_gets_a_role_and_a_reason(desk):
    seen = inspect_columns(desk, HEADER, desk_rows())
    assert {column.name: column.role for column in seen.columns} == {
        "ticket_id": "id",
        "received": "date",
        "customer_id": "group",
        "message": "input",
        "category": "target",
        "email": "personal",
        "currency": "constant",
        "minutes": "number",
        "remark": "constant",
    }
    assert all(column.reason for column in seen.columns)
    assert seen.kind == "classify"
    category = by_name(seen.columns)["category"]
    assert (category.distinct, category.filled, category.choices) == (3, 60, ("card", "login", "refund"))
    assert category.examples == ("refund", "card", "login")


def test_what_was_seen_is_said_in_sentences(desk):
    seen = inspect_columns(desk, HEADER, desk_rows())
    assert any(text.startswith("Input: 'message' (its name, mean ") for text in seen.evidence)
    assert any(text.startswith("Target: 'category' (its name, 3 different values") for text in seen.evidence)
    assert any("set data.group: customer_id" in text for text in seen.warnings)
    assert "'email' looks personal (it seems to hold e-mail addresses); it does not go into the prepared rows." in (
        seen.warnings
    )


def mailbox(senders, count=60):
    """Mail of so many senders, with the one who answered it."""
    return [
        (sentence(n, 14), f"ann{n % senders}@example.org", f"agent{n % 3}@example.org", "ab"[n % 2])
        for n in range(count)
    ]


MAIL = ("message", "sender", "answered by", "label")


def test_senders_who_write_again_may_hold_rows_together(desk):
    warnings = "\n".join(inspect_columns(desk, MAIL, mailbox(20)).warnings)
    assert "'sender' has 20 values in 60 rows: rows of one value may land on both sides of a split." in warnings
    assert "data.group: answered by" not in warnings  # three people with twenty rows each
    assert "set data.group" not in "\n".join(inspect_columns(desk, MAIL, mailbox(60)).warnings)


def test_a_hash_stands_for_a_personal_group(desk):
    desk.write("a.csv", as_csv([MAIL, *mailbox(20)]))
    prepared = desk.prepare("a.csv", group="sender")
    rows = [*prepared.train, *prepared.validation, *prepared.test]
    assert len({row.group for row in rows}) == 20
    assert {row.group for row in prepared.train}.isdisjoint(row.group for row in prepared.test)
    assert not any("ann" in f"{row.group} {row.fields}" for row in rows)
    told = "'sender' looks personal (it seems to hold e-mail addresses); in the prepared rows a hash stands for each of"
    assert told in "\n".join(prepared.summary["warnings"])


def test_other_groups_are_kept_as_they_are(desk):
    desk.write("a.csv", as_csv([HEADER, *desk_rows()]))
    assert {row.group for row in desk.prepare("a.csv", group="customer_id").train} <= {f"C{n}" for n in range(20)}


def test_a_group_that_is_set_is_not_warned_about(desk):
    seen = inspect_columns(desk, HEADER, desk_rows(), group="customer_id")
    assert not any("data.group" in text for text in seen.warnings)


@pytest.mark.parametrize(
    ("header", "make", "expected"),
    [
        (("question", "answer"), lambda n: (sentence(n), sentence(900 + n, 20)), ("question", "answer", "generate")),
        (("dialogue", "summary"), lambda n: (sentence(n, 40), sentence(900 + n)), ("dialogue", "summary", "generate")),
        (("en", "fr"), lambda n: (sentence(n), sentence(900 + n, 10)), ("en", "fr", "generate")),
        (("label", "text"), lambda n: ("ab"[n % 2], sentence(n)), ("text", "label", "classify")),
        (("review", "stars"), lambda n: (sentence(n), n % 5 + 1), ("review", "stars", "classify")),
        (("prompt", "completion"), lambda n: (sentence(n), sentence(900 + n)), ("prompt", "completion", "generate")),
        (("sms", "spam"), lambda n: (sentence(n), "yes" if n % 3 else "no"), ("sms", "spam", "classify")),
        (("a", "b"), lambda n: (sentence(n, 12), ["x", "y"][n % 2]), ("a", "b", "classify")),
    ],
)
def test_input_target_and_kind_by_name_and_by_content(desk, header, make, expected):
    seen = inspect_columns(desk, header, [make(n) for n in range(40)])
    assert (seen.input, seen.target, seen.kind) == expected


def test_the_kind_that_is_asked_for_decides_which_column_is_the_target(desk):
    header = ("message", "category", "reply")
    rows = [(sentence(n), "ab"[n % 2], sentence(500 + n)) for n in range(40)]
    assert inspect_columns(desk, header, rows, task={"kind": "generate"}).target == "reply"
    assert inspect_columns(desk, header, rows, task={"kind": "classify"}).target == "category"
    assert inspect_columns(desk, header, rows, task={"labels": ("a", "b")}).target == "category"


def test_other_candidates_are_named(desk):
    rows = [(sentence(n), "ab"[n % 2], "xyz"[n % 3]) for n in range(40)]
    seen = inspect_columns(desk, ("message", "category", "tone"), rows)
    assert any("also possible: 'tone'" in text for text in seen.evidence)


def test_fields_inside_objects_are_columns(desk):
    rows = [{"user": {"text": sentence(n), "tags": ["a"]}, "intent": "ab"[n % 2]} for n in range(20)]
    desk.write("a.jsonl", as_jsonl(rows))
    seen = desk.inspect("a.jsonl")
    assert (seen.input, seen.target) == ("user.text", "intent")
    assert by_name(seen.columns)["user.tags"].values == "labels"


def test_a_column_that_does_not_exist_names_the_nearest(desk):
    desk.write("a.csv", ticket_csv())
    problems = desk.problems("a.csv", input="txt", target="labels", group="customer")
    assert [(problem.path, problem.remedy) for problem in problems] == [
        ("data.input", "did you mean 'text'?"),
        ("data.target", "did you mean 'label'?"),
        ("data.group", "use one of: label, text"),
    ]


def test_input_and_target_must_differ(desk):
    desk.write("a.csv", ticket_csv())
    problem = desk.problem("a.csv", input="text", target="text")
    assert (problem.path, problem.expected) == ("data.target", "another column than data.input")


def test_an_object_as_target_names_its_fields(desk):
    desk.write("a.jsonl", as_jsonl({"text": sentence(n), "label": {"name": "ab"[n % 2]}} for n in range(20)))
    assert desk.problem("a.jsonl", target="label").remedy == "name a field inside: 'label.name'"


def test_lists_of_objects_as_target_are_refused(desk):
    desk.write("a.jsonl", as_jsonl({"text": sentence(n), "tags": [{"a": 1}, {"b": 2}]} for n in range(20)))
    assert desk.problem("a.jsonl", target="tags").got == "lists, such as [{'a': 1}, {'b': 2}]"
    assert desk.problem("a.jsonl").path == "data.target"


def test_a_list_of_labels_is_one_label_where_the_recipe_says_so(desk):
    rows = [{"text": sentence(n), "tags": [[], ["late"], ["late", "broken"]][n % 3]} for n in range(30)]
    desk.write("a.jsonl", as_jsonl(rows))
    assert desk.prepare("a.jsonl").task.kind == "multilabel"
    prepared = desk.prepare("a.jsonl", task={"kind": "classify"})
    assert (prepared.task.kind, prepared.task.labels) == ("classify", ("broken, late", "late", "none"))
    assert any("Rows whose target is a list: 30; each set of labels" in text for text in prepared.summary["warnings"])


def test_several_columns_are_put_under_each_other(desk):
    rows = [{"title": f"t{n}", "body": sentence(n), "note": "", "label": "ab"[n % 2]} for n in range(20)]
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl", input=("title", "body", "note"), target="label")
    assert desk.example(prepared, "a.jsonl:3").input == f"title: t2\nbody: {sentence(2)}"
    assert prepared.summary["columns"]["parts"] == ["title", "body", "note"]
    paths = [problem.path for problem in desk.problems("a.jsonl", input=("title", "bdoy", "label"), target="label")]
    assert paths == ["data.input.1", "data.target"]


def test_a_test_file_without_the_target(desk):
    desk.write("train.csv", ticket_csv())
    desk.write("test.csv", "text\nfirst\nsecond\n")
    problem = desk.problem({"train": "train.csv", "test": "test.csv"})
    assert (problem.where, problem.path) == ("test.csv", "data.target")
    assert problem.expected == "the column 'label', as in the other files"


def test_several_unrelated_problems_come_together(desk):
    desk.write("a.csv", ticket_csv())
    paths = [p.path for p in desk.problems("a.csv", input="nope", group="also_nope", split={"by": "given"})]
    assert paths == ["data.input", "data.group", "data.split.by"]


def test_a_first_line_that_is_a_row_is_suspected(desk):
    rows = [("BRCA1", "O"), *[(f"token {n}", "O" if n % 3 else "B") for n in range(30)]]
    desk.write("a.tsv", as_csv(rows, delimiter="\t"))
    assert any("the file has no header" in text for text in desk.inspect("a.tsv").warnings)


def test_labels_for_a_task_without_labels_are_a_problem(desk):
    desk.write("a.csv", as_csv([("question", "answer"), *[(sentence(n), sentence(99 + n)) for n in range(20)]]))
    problem = desk.problem("a.csv", task={"kind": "generate", "labels": ("a", "b")})
    assert problem.path == "task.labels"


def test_inspection_is_no_error_where_columns_are_not_found(desk):
    desk.write("a.csv", as_csv([["text"], *[[sentence(n)] for n in range(20)]]))
    seen = desk.inspect("a.csv")
    assert (seen.target, seen.kind, seen.rows) == (None, None, 20)
    assert [problem.path for problem in seen.problems] == ["data.target"]


def test_personal_patterns():
    from metier.data.auditing.personal import personal_patterns

    assert personal_patterns("pay DE89 3704 0044 0532 0130 00") == ["bank accounts (IBAN)"]
    assert personal_patterns("card 4111 1111 1111 1111") == ["card numbers"]
    assert personal_patterns("order 4111 1111 1111 1112") == []
    assert personal_patterns("call +49 30 1234567") == ["telephone numbers"]
    assert personal_patterns("0000001_1-1 and 2026-01-05") == []


@pytest.mark.parametrize("asked", ["How satisfied are you overall? (1-5)", "Gesamtzufriedenheit", "CSAT"])
def test_what_a_survey_asks_is_predicted_and_not_who_was_asked(desk, asked):
    header = ("Respondent", asked, "Why did you give this score?", "Region")
    rows = [(n, n % 5 + 1, sentence(n), ("EMEA", "APAC", "US")[n % 3]) for n in range(60)]
    seen = inspect_columns(desk, header, rows)
    assert (seen.input, seen.target) == ("Why did you give this score?", asked)


@pytest.mark.parametrize("name", ["Absender", "Telefonnummer", "Prénom", "Fecha de nacimiento", "姓名"])
def test_names_of_persons_are_known_by_their_columns_in_other_languages(desk, name):
    rows = [(sentence(n), ("a", "b")[n % 2], f"person {n % 7}") for n in range(30)]
    seen = inspect_columns(desk, ("text", "label", name), rows)
    assert by_name(seen.columns)[name].role == "personal"
    assert name not in desk.prepare("a.csv").train[0].fields


def test_many_numbers_that_are_codes_are_classes(desk):
    rows = [(n, sentence(n), 73000000 + 13 * (n % 40)) for n in range(160)]
    seen = inspect_columns(desk, ("sku", "description", "hs_code"), rows)
    assert (seen.input, seen.target, seen.kind) == ("description", "hs_code", "classify")
    other = inspect_columns(desk, ("sku", "description", "zip_code"), rows)
    assert other.target is None


def test_lists_of_lists_written_as_text_are_no_labels(desk):
    votes = [f"[['a{n % 3}'], ['b'], ['a{n % 3}', 'b']]" for n in range(60)]
    rows = [(sentence(n), ("age", "race")[n % 2], votes[n]) for n in range(60)]
    seen = inspect_columns(desk, ("sentence", "bias_type", "annotations"), rows)
    assert (seen.target, seen.kind) == ("bias_type", "classify")
