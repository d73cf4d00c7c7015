"""Published data sets, read as they are. Skipped where they are not on this machine."""

import csv
import time

import pytest

from metier.data import DataSettings, Sources, TaskSettings, inspect_source, prepare


def inspect_real(path, **settings):
    return inspect_source(DataSettings(examples=path.name, **settings), folder=path.parent)


def test_banking77_keeps_its_test_set_and_drops_its_copies_from_train(real):
    folder = real("banking77")
    data = DataSettings(examples=Sources(train="train.csv", test="test.csv"))
    started = time.perf_counter()
    prepared = prepare(TaskSettings(), data, folder=folder, seed=0)
    assert time.perf_counter() - started < 20  # about 3 s alone
    assert (prepared.task.kind, len(prepared.task.labels)) == ("classify", 77)
    assert prepared.summary["rows"] == 10_003 + 3_080
    assert len(prepared.test) == 3_080
    with (folder / "test.csv").open(newline="", encoding="utf-8") as file:
        stripped = {row["text"].strip() for row in csv.DictReader(file)}
    dropped = [row for row in prepared.ledger if row.why.startswith("stands in the test set")]
    with (folder / "train.csv").open(newline="", encoding="utf-8") as file:
        train = [row["text"] for row in csv.DictReader(file)]
    # Six are the same but for white space around them; one more has two spaces where the other has one.
    assert len(dropped) == 7
    assert sum(train[row.row - 1].strip() in stripped for row in dropped) == 6
    assert len(prepared.train) + len(prepared.validation) == 10_003 - 11
    learnt = {example.input.strip() for example in (*prepared.train, *prepared.validation)}
    assert not learnt & {example.input.strip() for example in prepared.test}
    for split in ("train", "validation", "test"):
        assert len(prepared.summary["labels"][split]) == 77


def test_mts_dialog_as_generation(real):
    folder = real("mts-dialog")
    files = Sources(
        train="MTS-Dialog-TrainingSet.csv",
        validation="MTS-Dialog-ValidationSet.csv",
        test="MTS-Dialog-TestSet-1-MEDIQA-Chat-2023.csv",
    )
    data = DataSettings(examples=files, input="dialogue", target="section_text")
    prepared = prepare(TaskSettings(), data, folder=folder, seed=0)
    assert prepared.task.kind == "generate"
    assert prepared.summary["rows"] == 1_201 + 100 + 200
    assert prepared.summary["splits"]["test"] == 200
    assert all("\r" not in example.input for example in prepared.train)
    assert prepared.train[0].input.startswith("Doctor: ")
    assert prepared.train[0].fields["section_header"]


@pytest.mark.parametrize(
    ("path", "rows", "expected"),
    [
        ("medquad/medquad.jsonl", 16_407, ("question", "answer", "generate")),
        ("tico19/all.en-fr.jsonl", 3_071, ("en", "fr", "generate")),
        ("crows-pairs/crows_pairs_anonymized.csv", 1_508, ("sent_more", "bias_type", "classify")),
        ("bbq/Religion.jsonl", 1_200, ("context", "label", "classify")),
        ("general-ability/symbolic_problem_solving/gsm8k.jsonl", 1_319, ("context", "answer", "generate")),
    ],
)
def test_what_real_files_are(real, path, rows, expected):
    folder, _, rest = path.partition("/")
    seen = inspect_real(real(folder) / rest)
    assert seen.rows == rows
    assert (seen.input, seen.target, seen.kind) == expected
    assert seen.problems == ()


@pytest.mark.parametrize(
    ("path", "rows", "words"),
    [
        ("unfair-tos/unfair_tos_en.jsonl", 17_383, "'tags (list)'"),
        ("restaurant8k/train_3.json", 1_024, "'labels (list)'"),
        ("xquad/xquad.en.json", 48, "'paragraphs (list)'"),
    ],
)
def test_real_files_without_a_usable_target_say_why(real, path, rows, words):
    folder, _, rest = path.partition("/")
    seen = inspect_real(real(folder) / rest)
    assert seen.rows == rows
    assert [problem.path for problem in seen.problems] == ["data.target"]
    assert words in seen.problems[0].got


def test_iob_columns_without_a_header_are_suspected(real):
    seen = inspect_real(real("bio-ner") / "NCBI-disease-IOB" / "devel.tsv")
    assert seen.files[0].source.format == "tsv"
    assert any("no header" in text for text in seen.warnings)
