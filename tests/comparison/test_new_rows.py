"""New rows of runs whose rows were not taken as they stood: whole conversations, HTML read as text."""

import json
from pathlib import Path

import pytest

from metier.comparison.using.new_rows import NewRows
from metier.core import DataError


def test_new_conversations_are_asked_as_the_runs_own(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    summary = {"columns": {"input": "dialogue"}, "shape": "table", "task": {"kind": "generate"}}
    (tmp_path / "data" / "data.json").write_text(json.dumps(summary))
    turns = [{"speaker": "doctor", "text": "Any pain?"}, {"speaker": "patient", "text": "No."}]
    (asked,) = NewRows(tmp_path).lines([json.dumps({"dialogue": turns})])
    assert asked.input == "doctor: Any pain?\npatient: No."
    broken = json.dumps({"dialogue": [turns[0], {"speaker": "patient", "text": {"a": 1}}]})
    with pytest.raises(DataError, match="turns with a text each"):
        NewRows(tmp_path).lines([broken])


def test_new_mails_are_read_as_the_runs_own(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    summary = {"columns": {"input": "body"}, "shape": "table", "task": {"kind": "classify"}, "html": True}
    (tmp_path / "data" / "data.json").write_text(json.dumps(summary))
    rows = NewRows(tmp_path)
    (row,) = rows.lines([json.dumps({"body": "<p>Gr&uuml;&szlig;e,<br>Ann</p>"})])
    assert row.input == "Grüße,\nAnn"
    assert rows.texts(["<b>now</b>"])[0].input == rows.lines(["<b>now</b>"])[0].input == "now"
