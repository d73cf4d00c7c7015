"""Columns of numbers: when they are a quantity to predict, and how they are written."""

import json

import pytest
from ticket_desk import as_csv, as_jsonl, sentence


def column(desk, cells, *, name="score", **kw):
    desk.write("a.csv", as_csv([("text", name), *((sentence(n), cell) for n, cell in enumerate(cells))]))
    return desk.prepare("a.csv", **kw)


def numbers(prepared) -> list[str]:
    examples = (*prepared.train, *prepared.validation, *prepared.test)
    rows = {example.id: example.target for example in examples}
    return [rows[row.id] for row in prepared.ledger if row.id in rows]


def test_many_different_numbers_are_a_quantity(desk):
    prepared = column(desk, [str(n * 3) for n in range(40)])
    assert prepared.task.kind == "regress"
    assert any("40 different numbers in 40 rows, more than 20" in sentence for sentence in prepared.summary["evidence"])
    assert prepared.task.labels == ()


def test_few_numbers_that_are_not_whole_are_a_quantity(desk):
    prepared = column(desk, [f"{1 + n % 9 / 2}" for n in range(40)])
    assert prepared.task.kind == "regress"
    assert any("not all of them whole" in sentence for sentence in prepared.summary["evidence"])


def test_few_whole_numbers_are_labels_unless_the_recipe_says_otherwise(desk):
    stars = [str(1 + n % 5) for n in range(40)]
    assert column(desk, stars, name="stars").task.kind == "classify"
    assert column(desk, [f"{star}.0" for star in stars], name="stars").task.kind == "classify"
    prepared = column(desk, stars, name="stars", task={"kind": "regress"})
    assert prepared.task.kind == "regress"
    assert numbers(prepared) == stars


def test_the_recipe_overrides_many_numbers_too(desk):
    assert column(desk, [str(n % 25) for n in range(60)], task={"kind": "classify"}, target="score").task.labels


def test_numbers_that_answer_questions_are_written(desk):
    prepared = column(desk, [str(n * 3) for n in range(40)], name="answer", target="answer")
    assert prepared.task.kind == "generate"


def test_numbers_that_are_called_nothing_in_particular_are_no_target(desk):
    cells = [("text", "tokens"), *((sentence(n), str(n * 3 + 0.5)) for n in range(40))]
    desk.write("a.csv", as_csv(cells))
    assert desk.problem("a.csv").path == "data.target"
    assert desk.prepare("a.csv", target="tokens").task.kind == "regress"


def test_scores_go_before_columns_that_could_be_labels_and_after_those_that_are(desk):
    def target(header: list[str]) -> str | None:
        rows = [(sentence(n), ["a", "b", "c"][n % 3], n / 2) for n in range(60)]
        desk.write("a.csv", as_csv([header, *rows]))
        return desk.inspect("a.csv").target

    assert target(["text", "product", "score"]) == "score"
    assert target(["text", "product", "price"]) == "product"
    assert target(["text", "label", "score"]) == "label"
    assert target(["text", "variant", "price"]) == "price"


PLAIN = ["1234.5", "7", "-80", "2500000"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (PLAIN, ""),
        (["1,234.5", "7", "-80", "2,500,000"], "between thousands"),
        (["1.234,5", "7", "-80", "2.500.000"], "before decimals"),
        (["1 234.5", "7", "−80", "2\u202f500\u202f000"], ""),
        (["$1,234.50", "$7", "-$80", "$2,500,000"], "written in $"),
        (["1234.5 EUR", "7 EUR", "-80 EUR", "2500000 EUR"], "written in EUR"),
        (["1234.5%", "7 %", "-80%", "2500000%"], "written in %"),
        (["1.2345e3", "7e0", "-8e1", "2.5E6"], ""),
    ],
)
def test_ways_to_write_numbers(desk, cells: list[str], said: str):
    prepared = column(desk, cells * 10, task={"kind": "regress"}, target="score")
    assert numbers(prepared) == PLAIN * 10
    warnings = " ".join(prepared.summary["warnings"])
    assert said in warnings
    assert bool(warnings) == bool(said)


def test_numbers_may_come_as_numbers(desk):
    desk.write("a.jsonl", as_jsonl({"text": sentence(n), "score": n / 4} for n in range(40)))
    prepared = desk.prepare("a.jsonl")
    assert prepared.task.kind == "regress"
    assert numbers(prepared)[:5] == ["0", "0.25", "0.5", "0.75", "1"]


@pytest.mark.parametrize(
    ("cell", "status", "why"),
    [
        ("", "label_missing", "there is no number"),
        ("n/a", "label_missing", "'n/a' says that there is no number"),
        ("NaN", "label_missing", "'NaN' says that there is no number"),
        ("inf", "label_unknown", "'inf' is no number"),
        ("four", "label_unknown", "'four' is no number"),
        ("4/5", "label_unknown", "'4/5' is no number"),
        ("1,5", "label_unknown", "'1,5' could be read in two ways, and no other row says which"),
        ("1e300", "label_unknown", "'1e300' is too large a number"),
        ("$4", "label_unknown", "'$4' is in another unit: most numbers here have no unit"),
        ("true", "label_unknown", "'true' is no number"),
    ],
)
def test_what_cannot_be_read_stands_in_the_ledger(desk, cell: str, status: str, why: str):
    marks = ["1,234", "2,345,678"] if cell == "1,5" else []
    prepared = column(desk, [cell, *marks, *(str(n / 2) for n in range(40))], task={"kind": "regress"}, target="score")
    assert (prepared.ledger[0].status, prepared.ledger[0].why) == (status, why)
    assert [row.status for row in prepared.ledger[1:]] == ["kept"] * (40 + len(marks))


def test_commas_that_could_be_either_are_not_guessed(desk):
    desk.write("a.csv", as_csv([("text", "score"), *((sentence(n), f"{1 + n % 9},{100 + n}") for n in range(40))]))
    problem = desk.problem("a.csv", task={"kind": "regress"})
    assert "could be read in two ways" in problem.got


def test_one_number_alone_cannot_be_learnt(desk):
    desk.write("a.csv", as_csv([("text", "score"), *((sentence(n), "3") for n in range(40))]))
    problem = desk.problem("a.csv", task={"kind": "regress"}, target="score")
    assert (problem.expected, problem.got) == ("at least two different numbers", "3 in all 40 rows")


def test_splits_have_small_and_large_numbers_alike(desk):
    prepared = column(desk, [str(n * n) for n in range(200)])
    assert prepared.summary["split"] == "stratified"
    tenths = [sorted(int(e.target) ** 0.5 // 20 for e in part) for part in (prepared.train, prepared.test)]
    assert [tenths[1].count(tenth) for tenth in range(10)] == [4] * 10
    assert {tenths[0].count(tenth) for tenth in range(10)} == {14}


def test_personal_data_is_not_looked_for_in_numbers(desk):
    prepared = column(desk, [str(4915112345000 + n) for n in range(40)], task={"kind": "regress"}, personal="mask")
    assert numbers(prepared)[0] == "4915112345000"


def test_the_ledger_shows_numbers(desk):
    prepared = column(desk, [str(n / 2) for n in range(40)])
    assert prepared.ledger[1].label == "0.5"
    assert json.dumps(prepared.summary["labels"]) == "{}"
