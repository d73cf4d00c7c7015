import json
import os
import shutil

import pyarrow.parquet as pq
import pytest
from ticket_desk import as_csv, as_jsonl, sentence, ticket_csv

from metier.core import IntegrityError
from metier.core.artifacts import check_manifest
from metier.core.said import with_messages
from metier.data import load


@pytest.fixture
def run(desk):
    desk.write("a.csv", ticket_csv(40))
    desk.prepare("a.csv").save(desk.folder / "run")
    return desk.folder / "run"


def test_what_was_prepared_comes_back(desk, run):
    prepared, dataset = desk.prepare("a.csv"), load(run)
    assert (dataset.task, dataset.train, dataset.validation) == (prepared.task, prepared.train, prepared.validation)
    assert dataset.summary == with_messages(prepared.summary)
    assert dataset.open_test(by="zero-shot") == prepared.test
    assert not hasattr(dataset, "test")


def test_the_files_are_those_of_the_page_on_run_folders(run):
    assert sorted(path.name for path in (run / "data").iterdir()) == [
        "data.json",
        "findings.json",
        "ledger.parquet",
        "manifest.json",
        "test.parquet",
        "train.parquet",
        "validation.parquet",
    ]
    assert check_manifest(run / "data") is None
    ledger = pq.read_table(run / "data" / "ledger.parquet")
    assert ledger.column_names == ["id", "file", "row", "status", "why", "split", "label", "characters"]
    assert ledger.num_rows == 40
    columns = ["id", "input", "target", "group", "readers", "weight", "history", "fields"]
    assert pq.read_table(run / "data" / "test.parquet").column_names == columns


def test_history_fields_and_group_survive(desk):
    rows = [
        {
            "messages": [
                {"role": "system", "content": "Be brief. ü"},
                {"role": "user", "content": sentence(n)},
                {"role": "assistant", "content": "ok \ud83d\ude00", "weight": 0.5},
                {"role": "user", "content": "and?"},
                {"role": "assistant", "content": f"{n}", "weight": 0.25},
            ],
            "customer": f"c{n}",
            "n": n,
            "share": n / 3,
            "odd": "\ud800",
        }
        for n in range(30)
    ]
    desk.write("a.jsonl", as_jsonl(rows).encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    prepared = desk.prepare("a.jsonl", group="customer")
    prepared.save(desk.folder)
    assert load(desk.folder).train == prepared.train
    assert prepared.train[0].history[2].weight == 0.5
    assert prepared.train[0].weight == 0.25


def test_lone_surrogates_can_be_stored(desk):
    rows = [f'{{"text": "{sentence(n)} \\ud800", "label": "{"ab"[n % 2]}", "x\\udc00": 1}}' for n in range(20)]
    desk.write("a.jsonl", "\n".join(rows))
    prepared = desk.prepare("a.jsonl")
    prepared.save(desk.folder)
    assert load(desk.folder).train == prepared.train


def test_every_opening_is_noted_before_anything_is_returned(run):
    dataset = load(run)
    assert dataset.openings() == ()
    dataset.open_test(by="zero-shot")
    load(run).open_test(by="lora")
    openings = dataset.openings()
    assert [opening.by for opening in openings] == ["zero-shot", "lora"]
    assert len({opening.fingerprint for opening in openings}) == 1
    assert openings[0].time.endswith("+00:00")
    lines = (run / "data" / "openings.jsonl").read_text().splitlines()
    assert set(json.loads(lines[0])) == {"time", "by", "fingerprint"}


def test_openings_outlive_another_preparation(desk, run):
    load(run).open_test(by="first")
    desk.prepare("a.csv").save(run)
    assert [opening.by for opening in load(run).openings()] == ["first"]
    desk.prepare("a.csv", seed=9).save(run)
    load(run).open_test(by="second")
    openings = load(run).openings()
    assert [opening.by for opening in openings] == ["first", "second"]
    assert openings[0].fingerprint != openings[1].fingerprint


def test_openings_outlive_a_crash_between_the_two_renames(run):
    load(run).open_test(by="first")
    (run / "data" / "openings.jsonl").replace(run / ".openings.jsonl.carried")
    assert [opening.by for opening in load(run).openings()] == ["first"]
    load(run).open_test(by="second")
    (run / "data" / "openings.jsonl").replace(run / ".openings.jsonl.carried")
    shutil.copy(run / ".openings.jsonl.carried", run / "data" / "openings.jsonl")
    assert len(load(run).openings()) == 4  # never fewer than there were


def test_a_line_cut_by_a_crash_counts_and_swallows_nothing(run):
    dataset = load(run)
    dataset.open_test(by="first")
    with (run / "data" / "openings.jsonl").open("ab") as file:
        file.write(b'{"time": "20')
    dataset.open_test(by="third")
    assert [opening.by for opening in dataset.openings()] == ["first", "unknown (damaged line)", "third"]


def test_a_failed_save_leaves_the_old_data(desk, run, monkeypatch):
    load(run).open_test(by="first")
    before = load(run)

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("metier.data.storing.prepared.write_ledger", fail)
    with pytest.raises(OSError, match="disk full"):
        desk.prepare("a.csv", seed=5).save(run)
    monkeypatch.undo()
    after = load(run)
    assert after.train == before.train
    assert [opening.by for opening in after.openings()] == ["first"]
    assert [path.name for path in run.iterdir()] == ["data"]


def test_the_same_content_is_stored_as_the_same_bytes(desk, run):
    first = (run / "data" / "manifest.json").read_bytes()
    desk.prepare("a.csv").save(run)
    assert (run / "data" / "manifest.json").read_bytes() == first


@pytest.mark.parametrize("name", ["train.parquet", "validation.parquet", "test.parquet", "data.json"])
def test_damaged_data_is_not_read(run, name):
    path = run / "data" / name
    path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    with pytest.raises(IntegrityError, match=f"data/{name} has other content"):
        load(run)
    os.remove(path)
    with pytest.raises(IntegrityError, match=f"data/{name} is missing"):
        load(run)


def test_columns_that_training_adds_to_the_ledger_are_no_damage(run):
    path = run / "data" / "ledger.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column("lora.cut_tokens", [[0] * table.num_rows]), path)
    assert load(run).train


def test_missing_data_and_damaged_manifest(run, tmp_path):
    with pytest.raises(IntegrityError, match="no prepared data"):
        load(tmp_path / "nowhere")
    (run / "data" / "manifest.json").write_text("{}")
    with pytest.raises(IntegrityError, match="damaged"):
        load(run)
    (run / "data" / "manifest.json").unlink()
    with pytest.raises(IntegrityError, match="no manifest"):
        load(run)


def test_chats_of_one_turn_are_stored_without_history(desk):
    desk.write("a.csv", as_csv([("question", "answer"), *[(sentence(n), sentence(99 + n)) for n in range(20)]]))
    desk.prepare("a.csv").save(desk.folder)
    assert load(desk.folder).train[0].history == ()
