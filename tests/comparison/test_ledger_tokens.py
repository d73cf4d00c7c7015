import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.small_task import dataset_of, rows

from metier import data
from metier.comparison.working import ledger as ledger_module
from metier.comparison.working.ledger import add_tokens
from metier.core.artifacts import check_manifest

BASE = ["id", "file", "row", "status", "why", "split", "label", "characters"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A data set with 40 rows, whose test set was opened once."""
    dataset_of(tmp_path, rows(40)).open_test(by="somebody")
    return tmp_path


def write_tokens(run: Path, name: str, counts: list[tuple[str, int, int, str]]) -> None:
    folder = run / "approaches" / name
    folder.mkdir(parents=True, exist_ok=True)
    columns = {key: [count[i] for count in counts] for i, key in enumerate(("id", "trained", "cut", "why"))}
    parquet.write_table(pa.table(columns), folder / "tokens.parquet")


def read(run: Path) -> Any:
    return parquet.read_table(run / "data/ledger.parquet")


def test_each_row_says_what_an_approach_learnt_from_it(run: Path) -> None:
    write_tokens(run, "lora", [("rows.csv:1", 7, 0, ""), ("rows.csv:3", 0, 2, "left out: max_rows is 1")])
    before = read(run)
    add_tokens(run, ["lora"])
    after = read(run)
    assert after.column_names == [*BASE, "lora.trained_tokens", "lora.cut_tokens", "lora.why"]
    assert after.select(BASE).equals(before)
    found = {row["id"]: row for row in after.to_pylist()}
    assert found["rows.csv:1"]["lora.trained_tokens"] == 7
    assert (found["rows.csv:3"]["lora.cut_tokens"], found["rows.csv:3"]["lora.why"]) == (2, "left out: max_rows is 1")
    assert found["rows.csv:2"]["lora.trained_tokens"] is None


def test_a_later_run_replaces_the_columns(run: Path) -> None:
    write_tokens(run, "lora.v1", [("rows.csv:1", 7, 0, "")])
    write_tokens(run, "full", [("rows.csv:2", 5, 0, "")])
    add_tokens(run, ["lora.v1", "full"])
    write_tokens(run, "full", [("rows.csv:1", 9, 0, "")])
    add_tokens(run, ["full"])
    after = read(run)
    assert after.column_names == [*BASE, "full.trained_tokens", "full.cut_tokens", "full.why"]
    assert after.column("full.trained_tokens").to_pylist()[:2] == [9, None]


def test_approaches_without_training_add_nothing(run: Path) -> None:
    write_tokens(run, "zero-shot", [])
    add_tokens(run, ["zero-shot"])
    assert read(run).column_names == BASE


@pytest.mark.parametrize("links", [True, False])
def test_the_rest_of_the_data_stays_whole(run: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    if not links:
        monkeypatch.setattr(ledger_module.os, "link", refuse)
    test_rows = (run / "data/test.parquet").read_bytes()
    write_tokens(run, "lora", [("rows.csv:1", 7, 0, "")])
    add_tokens(run, ["lora"])
    assert (run / "data/test.parquet").read_bytes() == test_rows
    assert [opening.by for opening in data.load(run).openings()] == ["somebody"]
    (run / "data/openings.jsonl").unlink()
    assert check_manifest(run / "data") is None
    assert not [path for path in run.iterdir() if path.name.endswith((".part", ".old"))]


def test_the_same_columns_again_write_nothing(run: Path) -> None:
    write_tokens(run, "lora", [("rows.csv:1", 7, 0, "")])
    add_tokens(run, ["lora"])
    before = os.stat(run / "data/ledger.parquet")
    add_tokens(run, ["lora"])
    assert os.stat(run / "data/ledger.parquet") == before
