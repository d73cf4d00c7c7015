"""Several labels a row, however they are written in a cell."""

import json

import pytest
from ticket_desk import as_csv, as_jsonl, sentence

SETS = [["card", "urgent"], [], ["login"], ["card"]]


@pytest.mark.parametrize(
    "spell",
    [
        "|".join,
        "; ".join,
        ",".join,
        json.dumps,
        str,  # as Python and pandas write lists
    ],
)
def test_sets_in_a_cell_in_their_spellings(desk, spell):
    rows = [(sentence(n), spell(SETS[n % 4])) for n in range(40)]
    desk.write("a.csv", as_csv([("text", "topics"), *rows]))
    prepared = desk.prepare("a.csv", task={"kind": "multilabel"}, target="topics")
    assert prepared.task.labels == ("card", "login", "urgent")
    assert [json.loads(desk.example(prepared, f"a.csv:{n + 1}").target) for n in range(4)] == SETS


def test_lists_are_sets_of_labels_without_being_told(desk):
    desk.write("a.jsonl", as_jsonl({"text": sentence(n), "tags": SETS[n % 4]} for n in range(40)))
    prepared = desk.prepare("a.jsonl")
    assert prepared.task.kind == "multilabel"
    assert prepared.summary["split"] == "stratified"
    assert sum(prepared.summary["labels"]["train"].values()) == sum(len(json.loads(e.target)) for e in prepared.train)
    desk.write("b.jsonl", as_jsonl({"text": sentence(n), "tags": ["ab"[n % 2]]} for n in range(40)))
    assert desk.prepare("b.jsonl").task.kind == "classify"  # always one label


def test_a_missing_list_is_no_empty_one(desk):
    rows = [{"text": sentence(n), "tags": SETS[n % 4]} for n in range(40)]
    del rows[0]["tags"]
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl")
    assert [row.status for row in prepared.ledger[:2]] == ["label_missing", "kept"]


def test_labels_of_the_recipe_are_the_only_ones(desk):
    desk.write("a.jsonl", as_jsonl({"text": sentence(n), "tags": SETS[n % 4]} for n in range(40)))
    prepared = desk.prepare("a.jsonl", task={"labels": ["card", "urgent"], "kind": "multilabel"})
    unknown = [row for row in prepared.ledger if row.status == "label_unknown"]
    assert len(unknown) == 10
    assert "'login' is not in task.labels" in unknown[0].why


def test_rows_that_never_have_a_label_cannot_be_learnt_from(desk):
    desk.write("a.csv", as_csv([("text", "topics"), *((sentence(n), "") for n in range(20))]))
    problem = desk.problem("a.csv", task={"kind": "multilabel"}, input="text", target="topics")
    assert problem.expected == "a label in one row at least"
