import doctest
import importlib
import json
import pkgutil
import subprocess
import sys

import pytest
from ticket_desk import as_csv, sentence, ticket_csv, tickets

import metier.data
from metier.core import Silent
from metier.data import TaskSettings, prepare


def test_the_summary_holds_what_the_report_needs(desk):
    desk.write("a.csv", ticket_csv(60))
    summary = desk.prepare("a.csv", seed=4).summary
    assert json.loads(json.dumps(summary)) == summary
    assert summary["task"]["labels"] == ["card", "login", "refund"]
    columns = {
        "input": "text",
        "parts": [],
        "target": "label",
        "group": None,
        "split": None,
        "template": {},
        "flags": [],
    }
    assert summary["columns"] == columns
    assert summary["splits"] == {"train": 42, "validation": 6, "test": 12}
    assert {split: sum(labels.values()) for split, labels in summary["labels"].items()} == summary["splits"]
    assert list(summary["lengths"]["input"]) == ["min", "5 %", "25 %", "median", "75 %", "95 %", "max"]
    assert summary["near_duplicates"] == {"threshold": 0.8, "clusters": 0, "rows": 0, "share": 0.0}
    (source,) = summary["sources"]
    assert (source["file"], source["rows"], source["format"], len(source["sha256"])) == ("a.csv", 60, "csv", 64)
    assert summary["seed"] == 4


@pytest.mark.parametrize(
    ("header", "rows", "instruction"),
    [
        (("text", "label"), tickets(20), "Decide which category the text belongs to."),
        (
            ("question", "answer"),
            [(sentence(n), sentence(99 + n)) for n in range(20)],
            "Write the right answer to the text.",
        ),
    ],
)
def test_a_missing_instruction_is_a_plain_one_for_the_kind(desk, header, rows, instruction):
    desk.write("a.csv", as_csv([header, *rows]))
    assert desk.prepare("a.csv").task.instruction == instruction
    assert desk.prepare("a.csv", task={"instruction": " Do it. "}).task.instruction == "Do it."


def test_generation_has_no_labels_and_lengths_of_both_texts(desk):
    desk.write("a.csv", as_csv([("question", "answer"), *[(sentence(n), sentence(99 + n)) for n in range(20)]]))
    prepared = desk.prepare("a.csv")
    assert prepared.task.labels == ()
    assert set(prepared.summary["lengths"]) == {"input", "target"}
    assert all(row.label is None for row in prepared.ledger)


def test_fields_hold_the_other_columns_but_nothing_personal(desk):
    rows = [(*row, f"ann{n}@example.org", n, "EUR", "") for n, row in enumerate(tickets(20))]
    desk.write("a.csv", as_csv([("text", "label", "email", "age", "currency", "note"), *rows]))
    prepared = desk.prepare("a.csv", target="label")
    assert set(prepared.train[0].fields) == {"age"}


def test_the_reporter_is_told_evidence_warnings_and_progress(desk):
    desk.write("a.csv", ticket_csv() + "x,\n")
    reporter = Silent()
    prepare(TaskSettings(), desk.settings("a.csv"), folder=desk.folder, seed=0, reporter=reporter)
    kinds = [event["kind"] for event in reporter.events]
    assert kinds.count("say") == 6
    ended = [(event["label"], event["total"]) for event in reporter.events if event["kind"] == "end"]
    assert ended == [("reading rows", 31), ("looking for near duplicates", 30)]


def test_paths_are_relative_to_the_recipe(desk, monkeypatch, tmp_path_factory):
    desk.write("deep/a.csv", ticket_csv())
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert desk.prepare("deep/a.csv").summary["rows"] == 30
    assert desk.prepare(str(desk.folder / "deep" / "a.csv")).summary["rows"] == 30


def test_every_public_name_is_there_and_documented():
    for name in metier.data.__all__:
        assert getattr(metier.data, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = metier.data.nope  # type: ignore[attr-defined]


def test_settings_alone_load_no_reader_and_no_arrow():
    code = "import sys, metier.data.settings; print({'pyarrow', 'metier.data.reading.readers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_examples_in_the_docstrings_are_true():
    for found in pkgutil.walk_packages(metier.data.__path__, "metier.data."):
        result = doctest.testmod(importlib.import_module(found.name))
        assert result.failed == 0, found.name
